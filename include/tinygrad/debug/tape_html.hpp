// SPDX-License-Identifier: MIT
// to_html(): a tape as one HTML page that needs no other file and no network. It shows the graph, a
// table of the ops and, with a MemoryReport, the memory over time. The page itself is in
// tape_page_head.inc and tape_page_tail.inc, which are string literals; the data go in between.
#pragma once

#include <string>

#include "tinygrad/debug/tape_json.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

namespace detail {
inline constexpr const char* kTapePageHead =
#include "tinygrad/debug/tape_page_head.inc"
    ;
inline constexpr const char* kTapePageTail =
#include "tinygrad/debug/tape_page_tail.inc"
    ;
}  // namespace detail

/// The HTML page. It works in any browser, in light and dark mode.
inline std::string to_html(const Tape& tape, const TapeOptions& options = {}) {
  std::string data;
  for (const char c : detail::json_text(tape, options, false))
    data += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return detail::kTapePageHead + data + detail::kTapePageTail;
}

}  // namespace tinygrad::debug
