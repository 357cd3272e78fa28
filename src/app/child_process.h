#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

/// Other programs, started and ended by the tour.

namespace firn::app {

struct ChildCommand {
  std::vector<std::string> arguments;  ///< The program first; looked up on PATH.
  /// Added to this process's own environment.
  std::vector<std::pair<std::string, std::string>> environment;
};

struct ChildOutcome {
  int exit_status = 0;  ///< 128 + signal when a signal ended it.
  std::string output;   ///< Standard output, at most kChildOutputBytesMax.
  std::string errors;   ///< Standard error, likewise.
};

/// Runs a program to its end. Errors: kUnavailable/SpawnFailed; kResourceExhausted/TooMuchOutput.
Result<ChildOutcome> RunToEnd(const ChildCommand& command);

/// A program that goes on running. Its standard output comes through ReadLine; its standard error is this process's.
/// The destructor kills it: nothing is left running. Owned by one thread.
class ChildProcess {
 public:
  /// Errors: kUnavailable/SpawnFailed.
  static Result<ChildProcess> Start(const ChildCommand& command);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  /// One line of its output, without the newline. Errors: kUnavailable/ChildEnded; kDeadlineExceeded.
  Result<std::string> ReadLine(std::chrono::milliseconds patience);
  /// SIGTERM, then its exit status; SIGKILL when it does not end in time. Errors: kDeadlineExceeded.
  Result<int> Terminate(std::chrono::milliseconds patience);

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_;
  int output_;
  std::string buffered_;
};

}  // namespace firn::app
