#include "app/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "app/limits.h"
#include "base/clock.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace firn::app {
namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  ~Pipe() {
    Close(read_end);
    Close(write_end);
  }
  static void Close(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  bool Open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
};

/// Starts the command with its output (and errors, when asked) in pipes.
Result<pid_t> Spawn(const ChildCommand& command, int output, std::optional<int> errors) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) variables.emplace_back(*entry);
  for (const auto& [name, value] : command.environment) variables.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);

  std::vector<std::string> words = command.arguments;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (errors) posix_spawn_file_actions_adddup2(&actions, *errors, STDERR_FILENO);
  // A process group of its own, so that what it started ends with it.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int failure = ::posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    return Unavailable("SpawnFailed",
                       fmt::format("starting {}: {}", command.arguments.front(), std::strerror(failure)));
  }
  return pid;
}

int ExitStatus(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace

Result<ChildOutcome> RunToEnd(const ChildCommand& command) {
  Pipe output, errors;
  if (!output.Open() || !errors.Open()) return Unavailable("SpawnFailed", "no pipe to be had");
  FIRN_ASSIGN_OR_RETURN(const pid_t pid, Spawn(command, output.write_end, errors.write_end));
  Pipe::Close(output.write_end);
  Pipe::Close(errors.write_end);

  ChildOutcome outcome;
  bool too_much = false;
  std::array<pollfd, 2> ends{pollfd{output.read_end, POLLIN, 0}, pollfd{errors.read_end, POLLIN, 0}};
  std::array<char, 16384> buffer;
  while (!too_much && (ends[0].fd >= 0 || ends[1].fd >= 0)) {
    if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) break;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      const ssize_t got = ::read(ends[i].fd, buffer.data(), buffer.size());
      if (got <= 0) {
        ends[i].fd = -1;
        continue;
      }
      std::string& text = i == 0 ? outcome.output : outcome.errors;
      text.append(buffer.data(), static_cast<std::size_t>(got));
      if (text.size() > kChildOutputBytesMax) {
        too_much = true;
        ::kill(-pid, SIGKILL);
      }
    }
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (too_much) return ResourceExhausted("TooMuchOutput", command.arguments.front() + " printed too much");
  outcome.exit_status = ExitStatus(status);
  return outcome;
}

Result<ChildProcess> ChildProcess::Start(const ChildCommand& command) {
  Pipe output;
  if (!output.Open()) return Unavailable("SpawnFailed", "no pipe to be had");
  FIRN_ASSIGN_OR_RETURN(const pid_t pid, Spawn(command, output.write_end, std::nullopt));
  ChildProcess child(pid, output.read_end);
  output.read_end = -1;
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      buffered_(std::move(other.buffered_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (output_ >= 0) ::close(output_);
}

Result<std::string> ChildProcess::ReadLine(std::chrono::milliseconds patience) {
  const MonotonicTime end = SystemClock().MonotonicNow() + patience;
  std::array<char, 4096> buffer;
  for (;;) {
    if (const std::size_t at = buffered_.find('\n'); at != std::string::npos) {
      std::string line = buffered_.substr(0, at);
      buffered_.erase(0, at + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - SystemClock().MonotonicNow());
    pollfd ready{output_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0) {
      return DeadlineExceeded("ChildSilent", "the program printed no line in time");
    }
    const ssize_t got = ::read(output_, buffer.data(), buffer.size());
    if (got <= 0) return Unavailable("ChildEnded", "the program ended before it printed a line");
    buffered_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Result<int> ChildProcess::Terminate(std::chrono::milliseconds patience) {
  const MonotonicTime end = SystemClock().MonotonicNow() + patience;
  ::kill(pid_, SIGTERM);
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (SystemClock().MonotonicNow() > end) {
      return DeadlineExceeded("ChildStuck", "the program did not end after SIGTERM");
    }
    SystemClock().SleepFor(std::chrono::milliseconds(5));
  }
  pid_ = -1;
  return ExitStatus(status);
}

}  // namespace firn::app
