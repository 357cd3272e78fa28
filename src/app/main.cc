#include <pthread.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "app/doctor.h"
#include "app/doctor_denials.h"
#include "app/doctor_policy.h"
#include "app/server.h"
#include "app/sql_client.h"
#include "app/tour.h"
#include "wire/aws/arn.h"

/// Flags and subcommands; the work is elsewhere in app.

namespace {

constexpr const char* kVersion = "firn 0.1.0";

/// Everything a person reads goes to standard error; standard output is for data.
void StartLogging(const std::string& level) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("firn"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  spdlog::set_level(spdlog::level::from_str(level));
}

int Report(const firn::Status& status) {
  if (status) return 0;
  std::fprintf(stderr, "firn: %s\n", status.error().FullMessage().c_str());
  return 1;
}

std::string CheckAccountId(const std::string& text) {
  return firn::aws::IsAccountId(text) ? "" : "an account id is twelve digits";
}

void AddOutward(CLI::App& command, firn::app::OutwardOptions& options) {
  command.add_option("--resolve", options.routes,
                     "HOST:PORT:ADDRESS[:PORT]: connect there for HOST (or *.HOST); may be repeated");
  command.add_option("--ca-file", options.ca_file, "PEM certificates to trust besides the system's; default: AWS_CA_BUNDLE");
  command.add_flag("--allow-link-local", options.allow_link_local,
                   "Let catalogs and stores stand at link-local addresses, where clouds keep instance metadata");
}

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

void AddServer(CLI::App& app, firn::app::ServerOptions& options, std::string& log_level) {
  CLI::App* server = app.add_subcommand("server", "Run the server: StarRocks SQL, HTTP, and the local AWS side");
  server->add_option("--data-dir", options.data_folder, "The folder that holds all state")->required();
  server->add_option("--bind", options.bind_address, "Address to listen on")->capture_default_str();
  server->add_option("--mysql-port", options.mysql_port, "StarRocks SQL; 0 picks a free port")
      ->capture_default_str()->check(CLI::Range(0, 65535).description("a port is 0 to 65535"));
  server->add_option("--http-port", options.http_port, "HTTP; 0 picks a free port")
      ->capture_default_str()->check(CLI::Range(0, 65535));
  server->add_option("--aws-port", options.aws_port, "Local AWS endpoint; 0 picks a free port")
      ->capture_default_str()->check(CLI::Range(0, 65535));
  server->add_option("--account-id", options.account_id, "Twelve digits; default: generated, kept in the data folder")
      ->check(CheckAccountId);
  server->add_option("--region", options.region, "The default AWS region")->capture_default_str();
  server->add_option("--quota-table-buckets", options.quotas.table_buckets_max,
                     "Table buckets a region; 10 on AWS, where support raises it")->capture_default_str();
  server->add_option("--quota-namespaces", options.quotas.namespaces_max, "Namespaces a table bucket; AWS's default")
      ->capture_default_str();
  server->add_option("--quota-tables", options.quotas.tables_max, "Tables a table bucket; AWS's default")->capture_default_str();
  server->add_option("--memory-limit", options.memory_bytes_max, "Memory for queries; default: 60 % of the machine's")
      ->transform(CLI::AsSizeValue(false));
  server->add_option("--manifest-cache", options.manifest_cache_bytes_max, "Memory for decoded manifests, beside that for queries")
      ->transform(CLI::AsSizeValue(false))->capture_default_str();
  server->add_option("--threads", options.thread_count, "Threads for queries; default: one a core");
  auto* certificate = server->add_option("--tls-cert", options.tls_certificate, "PEM certificate chain");
  auto* key = server->add_option("--tls-key", options.tls_key, "PEM private key");
  certificate->needs(key);
  key->needs(certificate);
  auto* aws_certificate = server->add_option("--aws-tls-cert", options.aws_tls_certificate,
                                             "PEM certificate chain of the local AWS endpoint; default: --tls-cert");
  auto* aws_key = server->add_option("--aws-tls-key", options.aws_tls_key, "PEM private key for --aws-tls-cert");
  aws_certificate->needs(aws_key);
  aws_key->needs(aws_certificate);
  server->add_flag("!--without-engine", options.with_engine, "Only the local AWS side");
  server->add_flag("!--without-aws", options.with_aws, "Only the engine");
  server->add_flag("!--without-statement-log", options.log_statements,
                   "Write no line of every SQL statement to engine/fe.audit.log");
  server->add_flag("!--without-maintenance", options.maintenance.enabled,
                   "Leave the tables of table buckets as they are: no compaction, expiry or removal of files");
  server->add_option_function<double>(
            "--maintenance-interval",
            [&options](double seconds) { options.maintenance.interval = Milliseconds(seconds); },
            "Seconds between two turns of a table in maintenance; SIGUSR1 gives all their turn at once. Default: 3600")
      ->check(CLI::Range(0.1, 864'000.0));
  server->add_option_function<double>(
            "--maintenance-hour",
            [&options](double seconds) { options.maintenance.hour = Milliseconds(seconds); },
            "Seconds that an hour of a maintenance configuration lasts, for tests. Default: 3600")
      ->check(CLI::Range(0.01, 3600.0));
  AddOutward(*server, options.outward);
  server->add_flag("--explain", options.explain, "Also print, for a person, how to connect");
  server->add_option("--log-level", log_level, "trace, debug, info, warn, error, off")
      ->capture_default_str()->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
}

void AddSql(CLI::App& app, firn::app::SqlClientOptions& options) {
  CLI::App* sql = app.add_subcommand("sql", "Talk SQL to a server");
  sql->set_help_flag("--help", "Print this help message and exit");
  sql->add_option("-h,--host", options.host, "Host")->capture_default_str();
  sql->add_option("-P,--port", options.port, "Port")->capture_default_str();
  sql->add_option("-u,--user", options.user, "User")->capture_default_str();
  sql->add_option("-D,--database", options.database, "`database` or `catalog.database` to start in");
  sql->add_option("-e,--execute", options.execute, "Run these statements and end");
  sql->add_flag("-B,--batch", options.batch, "Tab-separated output without boxes");
  sql->add_option("--format", options.format, "How answers are printed")
      ->capture_default_str()->check(CLI::IsMember({"table", "vertical", "batch", "csv", "json", "markdown"}));
  sql->add_flag("-f,--force", options.force, "Go on after a statement that failed; the exit status is 1 all the same");
  sql->add_flag("-p,--password", options.ask_password, "Ask for the password");
}

void AddTour(CLI::App& app, firn::app::TourOptions& options) {
  CLI::App* tour = app.add_subcommand("tour", "Walk the guide against a server of its own");
  tour->add_option("--python", options.python, "A Python with boto3, PyIceberg and DuckDB, to read the table back with");
}

struct Doctor {
  firn::app::DoctorOptions options;
  firn::app::DoctorPolicyOptions policy;
  firn::app::DoctorDenialsOptions denials;
  CLI::App* command = nullptr;
  CLI::App* denials_command = nullptr;
  CLI::App* policy_command = nullptr;
};

void AddDoctor(CLI::App& app, Doctor& doctor) {
  doctor.command = app.add_subcommand("doctor", "Say what is wrong with this machine, the keys, and the AWS side; 1 when anything is");
  firn::app::DoctorOptions& options = doctor.options;
  doctor.command->add_option("--data-dir", options.data_folder, "The data folder to look at");
  doctor.command->add_option("--bind", options.bind_address, "Address whose ports are tried")->capture_default_str();
  doctor.command->add_option("--mysql-port", options.mysql_port, "StarRocks SQL")->capture_default_str();
  doctor.command->add_option("--http-port", options.http_port, "HTTP")->capture_default_str();
  doctor.command->add_option("--aws-port", options.aws_port, "Local AWS endpoint")->capture_default_str();
  auto* uri = doctor.command->add_option("--uri", options.uri, "iceberg.catalog.uri of a catalog to try");
  doctor.command->add_option("--warehouse", options.warehouse, "iceberg.catalog.warehouse")->needs(uri);
  doctor.command->add_option("--signing-name", options.signing_name, "glue or s3tables")->capture_default_str();
  doctor.command->add_option("--region", options.region, "Default: that of the host, the environment or the profile");
  AddOutward(*doctor.command, options.outward);
  doctor.command->add_flag("--json", options.as_json, "One JSON document");
  doctor.policy_command = doctor.command->add_subcommand("policy", "Lint an IAM policy; works without any account");
  doctor.policy_command->add_option("file", doctor.policy.file, "The policy; - for standard input")->required();
  doctor.policy_command->add_flag("--json", doctor.policy.as_json, "One JSON document");
  doctor.denials_command = doctor.command->add_subcommand("denials", "Why the local AWS side refused what it refused last");
  doctor.denials_command->add_option("--data-dir", doctor.denials.data_folder, "The server's data folder; it may be running")->required();
  doctor.denials_command->add_option("--last", doctor.denials.count_max, "How many")->capture_default_str()->check(CLI::Range(1, 1000));
  doctor.denials_command->add_flag("--json", doctor.denials.as_json, "One JSON document");
  doctor.policy_command->add_flag("--mend", doctor.policy.mend, "Print the mended policy alone");
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("Firn: Amazon S3 Tables with StarRocks SQL, on one machine or against AWS", "firn");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.footer("Examples:\n  firn server --data-dir ./firn-data\n  firn sql -e 'show catalogs'\n  firn tour\n  firn doctor policy policy.json");

  firn::app::ServerOptions server;
  firn::app::SqlClientOptions sql;
  firn::app::TourOptions tour;
  Doctor doctor;
  std::string log_level = "info";
  AddServer(app, server, log_level);
  AddSql(app, sql);
  AddTour(app, tour);
  AddDoctor(app, doctor);
  CLI11_PARSE(app, argc, argv);

  if (app.got_subcommand("server")) {
    StartLogging(log_level);
    return Report(firn::app::RunServer(server));
  }
  StartLogging("warn");
  firn::Result<int> outcome = 0;
  if (app.got_subcommand("sql")) {
    outcome = firn::app::RunSqlClient(sql);
  } else if (doctor.policy_command->parsed()) {
    outcome = firn::app::RunDoctorPolicy(doctor.policy);
  } else if (doctor.denials_command->parsed()) {
    outcome = firn::app::RunDoctorDenials(doctor.denials);
  } else if (doctor.command->parsed()) {
    outcome = firn::app::RunDoctor(doctor.options);
  } else {
    tour.firn_binary = std::filesystem::read_symlink("/proc/self/exe");
    tour.colour = ::isatty(STDOUT_FILENO) != 0;
    outcome = firn::app::RunTour(tour);
  }
  if (!outcome) return Report(firn::Status(outcome.error()));
  return *outcome;
}
