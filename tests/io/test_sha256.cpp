// SPDX-License-Identifier: MIT
// Tests of io/sha256.hpp against published digests.
#include <doctest/doctest.h>

#include "support/data_files.hpp"
#include "tinygrad/io/sha256.hpp"

using namespace tinygrad;

TEST_CASE("SHA-256 gives the published digests") {  // FIPS 180-4 examples, NIST CAVP
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("the digest does not depend on how the bytes are cut") {
  const std::string bytes(200, 'q');
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Sha256 digest;
    digest.update(std::string_view(bytes).substr(0, cut));
    digest.update(std::string_view(bytes).substr(cut));
    CHECK(digest.hex() == sha256(bytes));
  }
}

TEST_CASE("the digest of a file is that of its bytes") {
  const support::TemporaryFolder folder;
  const std::string bytes(150000, 'z');
  CHECK(sha256_file(folder.write("file", bytes)) == sha256(bytes));
  CHECK_THROWS_AS(sha256_file(folder.file("none")), IoError);
}
