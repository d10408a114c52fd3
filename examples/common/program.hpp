// SPDX-License-Identifier: MIT
// The common part of the command-line programs: flags, exit statuses, the folder for results, a
// clock.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <tinygrad/core/parallel.hpp>
#include <tinygrad/train/environment.hpp>
#include <vector>

enum ExitStatus { kSuccess = 0, kWrongInput = 2, kTargetMissed = 3, kInterrupted = 130 };

/// What every program that trains lets its user choose.
struct RunOptions {
  std::string out;  // folder for the results
  std::uint64_t seed = 1;
  int threads = tinygrad::num_threads();
};

/// Adds a flag with a value; --help shows the default and what is allowed.
template <class T> CLI::Option* add_option(CLI::App& app, const char* name, T& value,
                                           const CLI::Validator& allowed, const char* what) {
  return app.add_option(name, value, what)->check(allowed)->capture_default_str();
}

/// One of these words. CLI11's validator for a list of literals would be a template of its own.
inline CLI::IsMember one_of(const std::vector<std::string>& words) { return CLI::IsMember(words); }

inline void add_run_options(CLI::App& app, RunOptions& o) {
  add_option(app, "--seed", o.seed, CLI::NonNegativeNumber, "of all random numbers");
  add_option(app, "--threads", o.threads, CLI::PositiveNumber, "the result does not depend on it");
  app.add_option("--out", o.out, "folder for the results")->capture_default_str();
}

/// Reads the flags and runs `body`, which returns the exit status; kWrongInput for wrong flags and
/// for anything thrown.
template <class Body> int run_program(CLI::App& app, int argc, char** argv, const Body& body) {
  try {
    app.parse(argc, argv);
    return body();
  } catch (const CLI::ParseError& e) {  // --help too, which is no error
    return app.exit(e) == 0 ? kSuccess : kWrongInput;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), e.what());
    return kWrongInput;
  }
}

/// Says what runs where, and makes the folder for the results and those above it.
/// Throws  IoError naming the folder
inline void begin_run(const RunOptions& o) {
  tinygrad::set_num_threads(o.threads);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // lines appear at once in a pipe too
  std::printf("%s\n", tinygrad::environment_banner().c_str());
  std::error_code error;
  std::filesystem::create_directories(o.out, error);
  tinygrad::check<tinygrad::IoError>(!error, {"--out"}, o.out,
                                     ": cannot be made: ", error.message());
}

/// Runs from its construction on.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};
