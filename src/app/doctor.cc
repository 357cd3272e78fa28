#include "app/doctor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "app/aws_caller.h"
#include "app/credential_chain.h"
#include "app/limits.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/json.h"
#include "cloud/ledger/ledger.h"
#include "wire/aws/endpoint.h"
#include "wire/http/client.h"

namespace firn::app {
namespace {

enum class State { kOk, kWarning, kFailed, kSkipped };

struct Check {
  std::string name;
  State state = State::kOk;
  std::string text;
};

std::string_view Word(State state) {
  switch (state) {
    case State::kOk: return "ok";
    case State::kWarning: return "warning";
    case State::kFailed: return "failed";
    case State::kSkipped: return "skipped";
  }
  return "";
}

/// File systems whose locks and fsync other machines decide about. The numbers are of statfs(2).
std::string_view NetworkFileSystem(long type) {
  switch (static_cast<unsigned long>(type)) {
    case 0x6969: return "NFS";
    case 0x517B: return "SMB";
    case 0xFF534D42: return "CIFS";
    case 0xFE534D42: return "SMB2";
    case 0x01021997: return "9P";
    default: return "";
  }
}

class Doctor {
 public:
  explicit Doctor(const DoctorOptions& options) : options_(options) {}

  Result<int> Run();

 private:
  void Say(std::string name, State state, std::string text) {
    checks_.push_back({std::move(name), state, std::move(text)});
  }
  void Port(std::string name, std::uint16_t port);
  void Folder(const std::filesystem::path& folder);
  void LedgerOf(const std::filesystem::path& folder);
  void Keys(const Context& context);
  void Service(const Context& context);
  void ClockSkew(const Context& context);
  void Identity(const Context& context);
  void Catalog(const Context& context);
  void LakeFormation(const Context& context);
  /// Says what a service answered; true when it was well.
  bool Judge(const std::string& name, const Result<AwsAnswer>& answer, std::string_view well);
  AwsCaller At(const std::string& endpoint) const { return {*client_, endpoint, region_, *keys_}; }
  std::string EndpointOf(std::string_view service) const;
  int Print() const;

  const DoctorOptions& options_;
  std::vector<Check> checks_;
  std::shared_ptr<http::Client> client_;
  std::shared_ptr<credentials::Chain> chain_;
  std::optional<Credentials> keys_;
  http::Url uri_;
  std::string region_;
};

void Doctor::Port(std::string name, std::uint16_t port) {
  name = "port of " + name;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, options_.bind_address.c_str(), &address.sin_addr) != 1)
    return Say(std::move(name), State::kSkipped, "only IPv4 addresses are tried");
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool is_free = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  const std::string where = fmt::format("{}:{}", options_.bind_address, port);
  if (is_free) return Say(std::move(name), State::kOk, where + " is free");
  Say(std::move(name), State::kWarning,
      where + " is taken: a Firn server runs already, or something else has it");
}

void Doctor::Folder(const std::filesystem::path& folder) {
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return Say("data folder", State::kFailed, folder.string() + " is no folder that can be read");
  if (status.st_uid != ::geteuid()) {
    Say("data folder", State::kFailed,
        fmt::format("{} belongs to user {}, this is user {}", folder.string(), status.st_uid,
                    ::geteuid()));
  } else if ((status.st_mode & 077) != 0) {
    Say("data folder", State::kFailed,
        fmt::format("{} is open to others (mode {:o}); run chmod 700", folder.string(),
                    status.st_mode & 0777));
  } else {
    Say("data folder", State::kOk, folder.string() + " is this user's alone");
  }
  struct statfs file_system{};
  if (::statfs(folder.c_str(), &file_system) != 0)
    return Say("file system", State::kFailed, "cannot be asked");
  const std::string_view network = NetworkFileSystem(static_cast<long>(file_system.f_type));
  Say("file system", network.empty() ? State::kOk : State::kFailed,
      network.empty()
          ? "local"
          : fmt::format("{}: the ledger's locks do not hold there; use a local disk", network));
  const std::uint64_t free_bytes = static_cast<std::uint64_t>(file_system.f_bavail) *
                                   static_cast<std::uint64_t>(file_system.f_bsize);
  Say("free space", free_bytes < kFreeBytesWanted ? State::kWarning : State::kOk,
      fmt::format("{} MiB", free_bytes >> 20));
  LedgerOf(folder);
}

void Doctor::LedgerOf(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "aws" / "ledger.sqlite";
  if (!std::filesystem::exists(file)) return Say("ledger", State::kSkipped, "there is none yet");
  const int lock = ::open((folder / "lock").c_str(), O_RDWR | O_CLOEXEC);
  if (lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (lock >= 0) ::close(lock);
    return Say("ledger", State::kSkipped, "a server has it open; stop the server to check it");
  }
  const auto integrity = [&]() -> Status {
    FIRN_ASSIGN_OR_RETURN(const auto ledger, ledger::Ledger::Open(file));
    return ledger->CheckIntegrity();
  }();
  ::close(lock);
  Say("ledger", integrity ? State::kOk : State::kFailed,
      integrity ? "passes SQLite's integrity check" : integrity.error().FullMessage());
}

void Doctor::Keys(const Context& context) {
  std::vector<credentials::Attempt> attempts;
  auto found = chain_->sources().FromDefaultChain(context, &attempts);
  for (const credentials::Attempt& attempt : attempts)
    Say("keys: " + attempt.source, attempt.gave_keys ? State::kOk : State::kSkipped,
        attempt.outcome);
  if (found) {
    keys_ = std::move(found->credentials);
  } else {
    Say("keys", options_.uri.empty() ? State::kWarning : State::kFailed,
        "no source has any; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
}

std::string Doctor::EndpointOf(std::string_view service) const {
  const auto of_aws = aws::ServiceEndpoint(service, region_);
  if (aws::ParseAwsHost(uri_.host).service.empty() || !of_aws)
    return uri_.scheme + "://" + uri_.HostHeader();
  return *of_aws;
}

void Doctor::Service(const Context& context) {
  const auto uri = http::ParseUrl(options_.uri);
  if (!uri) return Say("uri", State::kFailed, uri.error().FullMessage());
  uri_ = *uri;
  region_ = options_.region;
  if (region_.empty()) region_ = aws::ParseAwsHost(uri_.host).region;
  if (region_.empty()) region_ = chain_->sources().Region();
  if (region_.empty())
    return Say("region", State::kFailed,
               "neither host, environment nor profile names one; use --region");
  Say("region", State::kOk, region_);
  ClockSkew(context);
  if (!keys_) return;
  Identity(context);
  Catalog(context);
  LakeFormation(context);
}

void Doctor::ClockSkew(const Context& context) {
  http::OutgoingRequest request;
  request.url = uri_.ToString();
  request.idempotent = true;
  const auto answer = client_->Send(context, request);
  if (!answer)
    return Say("reach", State::kFailed, options_.uri + ": " + answer.error().FullMessage());
  Say("reach", State::kOk, fmt::format("{} answers", uri_.HostHeader()));
  const auto date = ParseHttpDate(answer->headers.Find("date").value_or(""));
  if (!date) return Say("clock", State::kSkipped, "the server does not tell the time");
  const auto skew =
      std::chrono::duration_cast<std::chrono::seconds>(context.clock().Now() - *date).count();
  const bool is_well = skew > -300 && skew < 300;
  Say("clock", is_well ? State::kOk : State::kFailed,
      fmt::format("{} s from the server's{}", skew,
                  is_well ? "" : "; AWS refuses signatures over 15 minutes off"));
}

bool Doctor::Judge(const std::string& name, const Result<AwsAnswer>& answer,
                   std::string_view well) {
  if (!answer) {
    Say(name, State::kFailed, answer.error().FullMessage());
  } else if (!answer->ok()) {
    Say(name, State::kFailed,
        fmt::format("{} {}: {}", answer->status, answer->failure, answer->message));
  } else {
    Say(name, State::kOk, std::string(well));
    return true;
  }
  return false;
}

void Doctor::Identity(const Context& context) {
  const auto answer = At(EndpointOf("sts")).Query(context, "sts", "GetCallerIdentity", {});
  std::string who;
  if (answer && answer->ok()) {
    const std::size_t begin = answer->body.find("<Arn>");
    const std::size_t end = answer->body.find("</Arn>");
    if (begin != std::string::npos && end != std::string::npos && end > begin)
      who = answer->body.substr(begin + 5, end - begin - 5);
  }
  Judge("identity", answer, who);
}

void Doctor::Catalog(const Context& context) {
  std::string base = uri_.path;
  while (base.ends_with('/')) base.pop_back();
  const AwsCaller caller = At(uri_.scheme + "://" + uri_.HostHeader());
  const std::string query =
      options_.warehouse.empty() ? "" : "?warehouse=" + PercentEncode(options_.warehouse);
  const auto config =
      caller.Rest(context, options_.signing_name, "GET", base + "/v1/config" + query);
  if (!Judge("catalog", config, "gives its configuration")) return;
  std::string prefix;
  if (const auto document = ParseJson(config->body); document && document->is_object()) {
    for (const char* part : {"defaults", "overrides"}) {
      const auto members = FindObject(document->get_object(), part);
      if (!members || *members == nullptr) continue;
      if (const auto text = FindString(**members, "prefix"); text && *text) prefix = "/" + **text;
    }
  }
  Judge("namespaces",
        caller.Rest(context, options_.signing_name, "GET", base + "/v1" + prefix + "/namespaces"),
        "can be listed");
}

void Doctor::LakeFormation(const Context& context) {
  if (options_.signing_name != "glue") return;
  const auto answer = At(EndpointOf("lakeformation"))
                          .Rest(context, "lakeformation", "POST", "/GetDataLakeSettings", "{}");
  if (answer && !answer->ok()) {
    return Say("Lake Formation", State::kWarning,
               fmt::format("this identity may not read the settings ({}); an administrator can",
                           answer->failure));
  }
  if (!answer) return Say("Lake Formation", State::kFailed, answer.error().FullMessage());
  bool is_allowed = false;
  if (const auto document = ParseJson(answer->body); document && document->is_object()) {
    const auto settings = FindObject(document->get_object(), "DataLakeSettings");
    if (settings && *settings != nullptr) {
      const auto flag = FindBool(**settings, "AllowFullTableExternalDataAccess");
      is_allowed = flag && flag->value_or(false);
    }
  }
  Say("Lake Formation", is_allowed ? State::kOk : State::kFailed,
      is_allowed ? "lets external engines have full table access"
                 : "AllowFullTableExternalDataAccess is off: engines get no keys for tables");
}

int Doctor::Print() const {
  bool has_failed = false;
  json::array list;
  for (const Check& check : checks_) {
    has_failed = has_failed || check.state == State::kFailed;
    if (options_.as_json) {
      list.push_back(
          json::object{{"check", check.name}, {"state", Word(check.state)}, {"text", check.text}});
    } else {
      std::printf("%-8s %-28s %s\n", std::string(Word(check.state)).c_str(), check.name.c_str(),
                  check.text.c_str());
    }
  }
  if (options_.as_json)
    std::printf(
        "%s\n",
        json::serialize(json::object{{"ok", !has_failed}, {"checks", std::move(list)}}).c_str());
  return has_failed ? 1 : 0;
}

Result<int> Doctor::Run() {
  FIRN_ASSIGN_OR_RETURN(std::unique_ptr<http::Client> client, MakeEngineClient(options_.outward));
  client_ = std::move(client);
  FIRN_ASSIGN_OR_RETURN(chain_, MakeCredentialChain(client_));
  Port("StarRocks SQL", options_.mysql_port);
  Port("HTTP", options_.http_port);
  Port("the AWS side", options_.aws_port);
  if (options_.data_folder) Folder(*options_.data_folder);
  Keys(Context("doctor").WithTimeout(kDoctorPatience));
  if (!options_.uri.empty()) Service(Context("doctor").WithTimeout(kDoctorPatience));
  return Print();
}

}  // namespace

Result<int> RunDoctor(const DoctorOptions& options) { return Doctor(options).Run(); }

}  // namespace firn::app
