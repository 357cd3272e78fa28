#include "app/tour.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "app/aws_caller.h"
#include "app/child_process.h"
#include "app/data_folder.h"
#include "app/limits.h"
#include "app/narrator.h"
#include "app/sql_client.h"
#include "app/tour_texts.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/random.h"
#include "wire/aws/xml.h"

namespace firn::app {
namespace {

constexpr std::string_view kShell = "$ ";
constexpr std::string_view kSqlPrompt = "StarRocks>";
constexpr std::string_view kBucket = "starrocks-lakehouse";
constexpr std::string_view kDatabase = "s3table_db";
constexpr std::string_view kUser = "starrocks";
constexpr std::string_view kCatalog = "starrocks_lakehouse_s3tables";

/// The guide's four rows, in the order of trip_id.
const std::set<std::string> kTaxiRows = {
    R"([1000371,1.8,15.32,"N",1])",
    R"([1000372,2.5,22.15,"N",2])",
    R"([1000373,0.9,9.01,"N",2])",
    R"([1000374,8.4,42.13,"Y",1])",
};

/// The text of the first element of that name, anywhere in the document.
std::string FindXmlText(std::string_view xml, std::string_view name) {
  pugi::xml_document document;
  if (!aws::ParseXml(xml, document)) return "";
  const pugi::xml_node node =
      document.find_node([name](const pugi::xml_node& n) { return aws::LocalName(n) == name; });
  return node.child_value();
}

/// JSON with two-space indents, as the AWS CLI prints it.
void PrettyPrint(const json::value& value, int depth, std::string& out) {
  const std::string indent(static_cast<std::size_t>(depth) * 2 + 2, ' ');
  const std::string outdent(static_cast<std::size_t>(depth) * 2, ' ');
  if (value.is_object() && !value.get_object().empty()) {
    std::string separator = "{\n";
    for (const auto& [name, member] : value.get_object()) {
      out += separator + indent + json::serialize(json::string(name)) + ": ";
      PrettyPrint(member, depth + 1, out);
      separator = ",\n";
    }
    out += "\n" + outdent + "}";
  } else if (value.is_array() && !value.get_array().empty()) {
    std::string separator = "[\n";
    for (const json::value& element : value.get_array()) {
      out += separator + indent;
      PrettyPrint(element, depth + 1, out);
      separator = ",\n";
    }
    out += "\n" + outdent + "]";
  } else {
    out += json::serialize(value);
  }
}

std::string PrettyJson(std::string_view text) {
  const auto value = ParseJson(text);
  if (!value) return std::string(text);
  std::string out;
  PrettyPrint(*value, 0, out);
  return out;
}

/// A row of a reader's JSON as kTaxiRows writes it: numbers in their shortest form.
std::string PrintRow(const json::value& row) {
  std::string text = "[";
  for (const json::value& value : row.as_array()) {
    if (text.size() > 1) text += ",";
    text += value.is_double() ? fmt::format("{}", value.get_double()) : json::serialize(value);
  }
  return text + "]";
}

/// A folder that goes when the tour ends.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(std::filesystem::temp_directory_path() / ("firn-tour-" + NewUuid(SecureRandom()))) {}
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What the server said when it was ready.
struct ReadyServer {
  std::uint16_t mysql_port = 0;
  std::uint16_t aws_port = 0;
  std::string account_id;
  std::string region;
  std::string credentials_file;
};

Result<ReadyServer> ParseReadyLine(std::string_view line) {
  FIRN_ASSIGN_OR_RETURN(const json::value document, ParseJson(line));
  FIRN_ASSIGN_OR_RETURN(const json::object* ready, AsObject(document, "ready line"));
  ReadyServer server;
  FIRN_ASSIGN_OR_RETURN(const std::int64_t mysql_port, GetInt64(*ready, "mysql_port"));
  FIRN_ASSIGN_OR_RETURN(const std::int64_t aws_port, GetInt64(*ready, "aws_port"));
  server.mysql_port = static_cast<std::uint16_t>(mysql_port);
  server.aws_port = static_cast<std::uint16_t>(aws_port);
  FIRN_ASSIGN_OR_RETURN(server.account_id, GetString(*ready, "account_id"));
  FIRN_ASSIGN_OR_RETURN(server.region, GetString(*ready, "region"));
  FIRN_ASSIGN_OR_RETURN(server.credentials_file, GetString(*ready, "credentials_file"));
  return server;
}

/// The walk. Each chapter is one method; each prints what is typed, what comes back, and whether it is as said.
class Tour {
 public:
  Tour(const TourOptions& options, Narrator& out, http::Client& client, const ReadyServer& server,
       Credentials root)
      : options_(options),
        out_(out),
        client_(client),
        server_(server),
        endpoint_(fmt::format("http://127.0.0.1:{}", server.aws_port)),
        root_key_(root),
        root_(client, endpoint_, server.region, std::move(root)),
        names_{.region = server.region,
               .account_id = server.account_id,
               .bucket = std::string(kBucket),
               .namespace_name = std::string(kDatabase)} {}

  Status Walk() {
    FIRN_TRY(MakeTableBucket());
    FIRN_TRY(MakePolicyAndUser());
    FIRN_TRY(OpenLakeFormation());
    FIRN_TRY(CreateCatalog());
    FIRN_TRY(CreateTableAndQuery());
    return ReadWithOthers();
  }

 private:
  Status MakeTableBucket();
  Status MakePolicyAndUser();
  Status OpenLakeFormation();
  Status CreateCatalog();
  Status CreateTableAndQuery();
  Status CreateDatabase();
  Status ReadWithOthers();
  Status ReadWith(std::string_view reader, std::string_view script);
  std::vector<std::pair<std::string, std::string>> ReaderEnvironment(const Credentials& key) const;
  Result<std::unique_ptr<SqlClient>> ConnectToServer() const;

  /// Shows a CLI command and the JSON that came back.
  void ShowRest(std::string_view command, const AwsAnswer& answer);
  void ShowFailure(std::string_view command, std::string_view operation, const AwsAnswer& answer);
  /// Runs a statement as typed at the prompt and prints the answer as the mysql client does.
  Result<SqlAnswer> RunSql(SqlClient& sql, std::string_view statement);
  /// The same for a statement that must be refused, with a text that names why.
  Status ExpectSqlRefused(SqlClient& sql, std::string_view statement, std::string_view fragment,
                          std::string_view what);

  const TourOptions& options_;
  Narrator& out_;
  http::Client& client_;
  const ReadyServer& server_;
  const std::string endpoint_;
  const Credentials root_key_;
  const AwsCaller root_;
  const GuideNames names_;
  Context context_{"tour"};
  std::string bucket_arn_;
  std::string policy_arn_;
  Credentials user_key_;
  std::unique_ptr<SqlClient> sql_;
};

void Tour::ShowRest(std::string_view command, const AwsAnswer& answer) {
  out_.Command(kShell, command);
  if (!answer.body.empty() && answer.body != "{}") out_.Output(PrettyJson(answer.body));
}

void Tour::ShowFailure(std::string_view command, std::string_view operation, const AwsAnswer& answer) {
  out_.Command(kShell, command);
  out_.Output(fmt::format("An error occurred ({}) when calling the {} operation: {}", answer.failure,
                          operation, answer.message));
}

Status Tour::MakeTableBucket() {
  out_.Chapter("Create a table bucket");
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer made, root_.Rest(context_, "s3tables", "PUT", "/buckets",
                                                         fmt::format(R"({{"name":"{}"}})", kBucket)));
  ShowRest(fmt::format("aws s3tables create-table-bucket --name {}", kBucket), made);
  if (!out_.Expect(made.ok(), "the table bucket exists")) {
    return Internal("TourEnded", "without a bucket there is nothing to walk");
  }
  FIRN_ASSIGN_OR_RETURN(const json::value bucket, ParseJson(made.body));
  FIRN_ASSIGN_OR_RETURN(bucket_arn_, GetString(bucket.as_object(), "arn"));

  out_.Say("What \"Create table with Athena\" does in the console: a namespace, then a table, through the API.");
  const std::string segment = PathSegment(bucket_arn_);
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer space, root_.Rest(context_, "s3tables", "PUT", "/namespaces/" + segment,
                                                          R"({"namespace":["athena_db"]})"));
  ShowRest(fmt::format("aws s3tables create-namespace --table-bucket-arn {} --namespace athena_db", bucket_arn_), space);
  FIRN_ASSIGN_OR_RETURN(
      const AwsAnswer table,
      root_.Rest(context_, "s3tables", "PUT", "/tables/" + segment + "/athena_db",
                 R"({"name":"daily_sales","format":"ICEBERG","metadata":{"iceberg":{"schema":{"fields":[)"
                 R"({"name":"sale_date","type":"date"},{"name":"product_category","type":"string"},)"
                 R"({"name":"sales_amount","type":"double"}]}}}})"));
  ShowRest(fmt::format("aws s3tables create-table --table-bucket-arn {} --namespace athena_db --name daily_sales \\\n"
                       "--format ICEBERG --metadata file://daily_sales.json", bucket_arn_),
           table);
  out_.Expect(space.ok() && table.ok(), "namespace and table exist; StarRocks' own way follows in chapter 5");
  return Ok();
}

Status Tour::MakePolicyAndUser() {
  out_.Chapter("Create the IAM policy and attach it to a user");
  const std::string command = "aws iam create-policy --policy-name starrocks-s3-tables --policy-document file://policy.json";
  out_.Say("First the guide's policy as it is printed.");
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer printed,
                        root_.Query(context_, "iam", "CreatePolicy",
                                    {{"PolicyName", "starrocks-s3-tables"}, {"PolicyDocument", PolicyAsPrinted(names_)}}));
  ShowFailure(command, "CreatePolicy", printed);
  out_.Expect(printed.failure == "MalformedPolicyDocument" && printed.message.find("line ") != std::string::npos &&
                  printed.message.find("column ") != std::string::npos,
              "refused as AWS does, and the place is named: the printed JSON lacks a comma after \"Allow\"");

  out_.Say("Then the same policy with its JSON mended.");
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer mended,
                        root_.Query(context_, "iam", "CreatePolicy",
                                    {{"PolicyName", "starrocks-s3-tables"}, {"PolicyDocument", PolicyMended(names_)}}));
  policy_arn_ = FindXmlText(mended.body, "Arn");
  out_.Command(kShell, command);
  out_.Output(mended.ok() ? policy_arn_ : mended.message);
  out_.Expect(mended.ok(), "the policy exists");

  const std::string user(kUser);
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer made, root_.Query(context_, "iam", "CreateUser", {{"UserName", user}}));
  out_.Command(kShell, "aws iam create-user --user-name " + user);
  out_.Output(FindXmlText(made.body, "Arn"));
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer attached,
                        root_.Query(context_, "iam", "AttachUserPolicy", {{"UserName", user}, {"PolicyArn", policy_arn_}}));
  out_.Command(kShell, fmt::format("aws iam attach-user-policy --user-name {} --policy-arn {}", user, policy_arn_));
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer key, root_.Query(context_, "iam", "CreateAccessKey", {{"UserName", user}}));
  user_key_.access_key_id = AccessKeyId(FindXmlText(key.body, "AccessKeyId"));
  user_key_.secret_key = Secret(FindXmlText(key.body, "SecretAccessKey"));
  out_.Command(kShell, "aws iam create-access-key --user-name " + user);
  out_.Output(fmt::format("{}  {}", user_key_.access_key_id.value(), user_key_.secret_key.Masked()));
  out_.Expect(made.ok() && attached.ok() && key.ok() && !user_key_.secret_key.empty(),
              "the user has the policy and an access key");
  return Ok();
}

Status Tour::OpenLakeFormation() {
  out_.Chapter("Open Lake Formation to external engines and grant Super");
  const AwsCaller user(client_, endpoint_, server_.region, user_key_);
  const std::string warehouse = fmt::format("{}:s3tablescatalog/{}", names_.account_id, kBucket);
  const std::string path =
      fmt::format("/iceberg/v1/catalogs/{}/namespaces/{}", PercentEncode(warehouse), kDatabase);

  out_.Say("Before the grant IAM says yes and Lake Formation says no; both are asked.");
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer denied, user.Rest(context_, "glue", "GET", path));
  out_.Command(kShell, fmt::format("GET {}      # signed by user {}", path, kUser));
  out_.Output(fmt::format("{} {}: {}", denied.status, denied.failure, denied.message));
  out_.Expect(denied.status == 403 && denied.message.find("Lake Formation") != std::string::npos,
              "denied, with Lake Formation as the reason");

  FIRN_ASSIGN_OR_RETURN(
      const AwsAnswer settings,
      root_.Rest(context_, "lakeformation", "POST", "/PutDataLakeSettings",
                 R"({"DataLakeSettings":{"AllowExternalDataFiltering":false,"AllowFullTableExternalDataAccess":true,)"
                 R"("CreateDatabaseDefaultPermissions":[],"CreateTableDefaultPermissions":[]}})"));
  ShowRest("aws lakeformation put-data-lake-settings --data-lake-settings '{\"AllowFullTableExternalDataAccess\": true, …}'",
           settings);
  const std::string principal = fmt::format("arn:aws:iam::{}:user/{}", names_.account_id, kUser);
  FIRN_ASSIGN_OR_RETURN(
      const AwsAnswer granted,
      root_.Rest(context_, "lakeformation", "POST", "/GrantPermissions",
                 fmt::format(R"({{"Principal":{{"DataLakePrincipalIdentifier":"{}"}},"Resource":{{"Catalog":{{"Id":"{}"}}}},)"
                             R"("Permissions":["ALL"]}})",
                             principal, warehouse)));
  ShowRest(fmt::format("aws lakeformation grant-permissions --principal DataLakePrincipalIdentifier={} \\\n"
                       "--resource '{{\"Catalog\":{{\"Id\":\"{}\"}}}}' --permissions ALL",
                       principal, warehouse),
           granted);
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer allowed, user.Rest(context_, "glue", "GET", path));
  out_.Command(kShell, fmt::format("GET {}", path));
  out_.Output(fmt::format("{} {}: {}", allowed.status, allowed.failure, allowed.message));
  out_.Expect(settings.ok() && granted.ok() && allowed.status == 404,
              "the same request is let through now; the database is only not there yet");
  return Ok();
}

Result<SqlAnswer> Tour::RunSql(SqlClient& sql, std::string_view statement) {
  out_.Command(kSqlPrompt, statement);
  Result<SqlAnswer> answer = sql.Run(context_, statement);
  out_.Output(answer ? answer->Print() : answer.error().message());
  return answer;
}

Status Tour::ExpectSqlRefused(SqlClient& sql, std::string_view statement, std::string_view fragment,
                              std::string_view what) {
  const auto answer = RunSql(sql, statement);
  out_.Expect(!answer && answer.error().message().find(fragment) != std::string::npos, what);
  return Ok();
}

Status Tour::CreateCatalog() {
  out_.Chapter("Create the Iceberg REST catalog in StarRocks SQL");
  out_.Say(fmt::format("mysql -h127.0.0.1 -P{} -uroot", server_.mysql_port));
  FIRN_ASSIGN_OR_RETURN(sql_, ConnectToServer());
  const auto property = [](std::string_view value) { return fmt::format("\"{}\"", value); };
  const auto statement = [&](std::string_view key, std::string_view secret) {
    return fmt::format(
        "create external catalog {} properties(\n"
        "  \"type\"=\"iceberg\",\n"
        "  \"iceberg.catalog.type\" = \"rest\",\n"
        "  \"iceberg.catalog.uri\"  = \"{}/iceberg\",\n"
        "  \"iceberg.catalog.rest.sigv4-enabled\" = \"true\",\n"
        "  \"iceberg.catalog.rest.signing-name\" = \"glue\",\n"
        "  \"iceberg.catalog.rest.access-key-id\" = {},\n"
        "  \"iceberg.catalog.rest.secret-access-key\" = {},\n"
        "  \"iceberg.catalog.warehouse\" = \"{}:s3tablescatalog/{}\",\n"
        "  \"aws.s3.region\" = {}\n"
        ")",
        kCatalog, endpoint_, key, secret, names_.account_id, kBucket, property(names_.region));
  };
  const std::string key = property(user_key_.access_key_id.value());
  out_.Command(kSqlPrompt, statement(key, property(user_key_.secret_key.Masked())));
  const auto made = sql_->Run(context_, statement(key, property(user_key_.secret_key.Reveal())));
  out_.Output(made ? made->Print() : made.error().message());
  out_.Expect(made.has_value(), "the catalog exists; only the URI is local, endpoint and storage keys come from the server");

  const auto shown = RunSql(*sql_, fmt::format("show create catalog {}", kCatalog));
  out_.Expect(shown && !shown->rows.empty() &&
                  shown->Print().find(std::string(user_key_.secret_key.Reveal())) == std::string::npos,
              "its secrets stay masked");
  return Ok();
}

Status Tour::CreateDatabase() {
  const auto chosen = RunSql(*sql_, fmt::format("set catalog {}", kCatalog));
  out_.Expect(chosen.has_value(), "the catalog is current");
  FIRN_TRY(ExpectSqlRefused(*sql_, fmt::format("create database {}", kDatabase), "glue:CreateDatabase",
                            "denied, truthfully: the guide's policy does not list glue:CreateDatabase"));
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer amended,
                        root_.Query(context_, "iam", "CreatePolicyVersion",
                                    {{"PolicyArn", policy_arn_}, {"PolicyDocument", PolicyAmended(names_)}, {"SetAsDefault", "true"}}));
  out_.Command(kShell, fmt::format("aws iam create-policy-version --policy-arn {} --set-as-default \\\n"
                                   "--policy-document file://policy-amended.json", policy_arn_));
  out_.Expect(amended.ok(), "the amended policy adds glue:CreateDatabase, glue:DeleteDatabase and glue:DeleteTable");
  out_.Expect(RunSql(*sql_, fmt::format("create database {}", kDatabase)).has_value(), "the database exists");
  return Ok();
}

Status Tour::CreateTableAndQuery() {
  out_.Chapter("Create database and table, insert, query");
  FIRN_TRY(CreateDatabase());
  out_.Expect(RunSql(*sql_, fmt::format("use {}", kDatabase)).has_value(), "the database is current");
  out_.Expect(RunSql(*sql_,
                     "CREATE TABLE taxis\n"
                     "(\n"
                     "  trip_id bigint,\n"
                     "  trip_distance float,\n"
                     "  fare_amount double,\n"
                     "  store_and_fwd_flag string,\n"
                     "  vendor_id bigint\n"
                     ")\n"
                     "PARTITION BY (vendor_id)")
                  .has_value(),
              "the partitioned table exists");
  const auto inserted = RunSql(*sql_,
                               "INSERT INTO taxis\n"
                               "VALUES (1000371, 1.8, 15.32, 'N', 1), (1000372, 2.5, 22.15, 'N', 2), "
                               "(1000373, 0.9, 9.01, 'N', 2), (1000374, 8.4, 42.13, 'Y', 1)");
  out_.Expect(inserted && inserted->affected_rows == 4, "Query OK, 4 rows affected");
  const auto selected = RunSql(*sql_, "select * from taxis");
  std::set<std::string> found;
  if (selected) {
    for (const auto& row : selected->rows) {
      if (row.size() != 5) continue;
      found.insert(fmt::format("[{},{},{},\"{}\",{}]", row[0].value_or("NULL"), row[1].value_or("NULL"),
                               row[2].value_or("NULL"), row[3].value_or("NULL"), row[4].value_or("NULL")));
    }
  }
  out_.Expect(selected && selected->rows.size() == 4 && found == kTaxiRows, "the guide's four rows (in any order)");
  return Ok();
}

Status Tour::ReadWith(std::string_view reader, std::string_view script) {
  ChildCommand command;
  command.arguments = {options_.python, "-c", std::string(script)};
  command.environment = ReaderEnvironment(user_key_);
  FIRN_ASSIGN_OR_RETURN(const ChildOutcome outcome, RunToEnd(command));
  out_.Command(kShell, fmt::format("python      # {} through the Glue Iceberg REST endpoint, SigV4", reader));
  out_.Output(outcome.exit_status == 0 ? outcome.output : outcome.errors);
  std::set<std::string> found;
  if (const auto rows = ParseJson(outcome.output); rows && rows->is_array()) {
    for (const json::value& row : rows->get_array()) found.insert(PrintRow(row));
  }
  out_.Expect(outcome.exit_status == 0 && found == kTaxiRows, fmt::format("{} reads the same four rows", reader));
  return Ok();
}

Status Tour::ReadWithOthers() {
  out_.Chapter("Read the same rows with other clients");
  if (options_.python.empty()) {
    out_.Say("PyIceberg, DuckDB and boto3 are not installed yet (./dev test installs them); left out.");
    return Ok();
  }
  FIRN_TRY(ReadWith("PyIceberg", PyIcebergScript()));
  out_.Say("DuckDB signs requests but does not ask for vended credentials: its user must be allowed to read the objects.");
  FIRN_ASSIGN_OR_RETURN(const AwsAnswer allowed,
                        root_.Query(context_, "iam", "PutUserPolicy",
                                    {{"UserName", std::string(kUser)},
                                     {"PolicyName", "read-objects"},
                                     {"PolicyDocument", PolicyReadObjects(bucket_arn_)}}));
  out_.Command(kShell, fmt::format("aws iam put-user-policy --user-name {} --policy-name read-objects --policy-document \\\n'{}'",
                                   kUser, PolicyReadObjects(bucket_arn_)));
  out_.Expect(allowed.ok(), "the user may read the objects itself");
  FIRN_TRY(ReadWith("DuckDB's iceberg extension", DuckDbScript()));

  ChildCommand command;
  command.arguments = {options_.python, "-c", std::string(Boto3Script())};
  command.environment = ReaderEnvironment(root_key_);
  FIRN_ASSIGN_OR_RETURN(const ChildOutcome outcome, RunToEnd(command));
  out_.Command(kShell, "python      # boto3: get_table, then get_object of the metadata and the manifest list");
  out_.Output(outcome.exit_status == 0 ? outcome.output : outcome.errors);
  out_.Expect(outcome.exit_status == 0 && outcome.output.find(R"("added-records": "4")") != std::string::npos,
              "boto3 reads the table's objects");
  return Ok();
}

std::vector<std::pair<std::string, std::string>> Tour::ReaderEnvironment(const Credentials& key) const {
  return {{"FIRN_ENDPOINT", endpoint_},
          {"FIRN_WAREHOUSE", fmt::format("{}:s3tablescatalog/{}", names_.account_id, kBucket)},
          {"FIRN_BUCKET_ARN", bucket_arn_},
          {"FIRN_REGION", names_.region},
          {"FIRN_TABLE", fmt::format("{}.taxis", kDatabase)},
          {"FIRN_KEY", key.access_key_id.value()},
          {"FIRN_SECRET", std::string(key.secret_key.Reveal())}};
}

Result<std::unique_ptr<SqlClient>> Tour::ConnectToServer() const {
  return SqlClient::Connect(context_, {.host = "127.0.0.1", .port = server_.mysql_port, .user = "root"});
}

/// Walks against a server that is ready; the server goes on running.
Status WalkServer(const TourOptions& options, Narrator& out, const ReadyServer& server) {
  FIRN_ASSIGN_OR_RETURN(Credentials root, ReadCredentialsFile(server.credentials_file));
  FIRN_ASSIGN_OR_RETURN(const std::unique_ptr<http::Client> client, http::MakeCurlClient({}));
  Tour tour(options, out, *client, server, std::move(root));
  return tour.Walk();
}

}  // namespace

Result<int> RunTour(const TourOptions& options) {
  Narrator out(options.colour);
  const TemporaryFolder folder;
  ChildCommand command;
  command.arguments = {options.firn_binary.string(), "server",       "--data-dir", folder.path().string(),
                       "--mysql-port",               "0",            "--http-port", "0",
                       "--aws-port",                 "0",            "--log-level", "error"};
  FIRN_ASSIGN_OR_RETURN(ChildProcess child, ChildProcess::Start(command));
  FIRN_ASSIGN_OR_RETURN(const std::string line, child.ReadLine(kReadyPatience));
  FIRN_ASSIGN_OR_RETURN(const ReadyServer server, ParseReadyLine(line));
  out.Say(fmt::format("Firn walks the guide \"StarRocks + Amazon S3 Tables\". The local AWS side answers at "
                      "http://127.0.0.1:{}, StarRocks SQL at port {}.",
                      server.aws_port, server.mysql_port));

  const Status walked = WalkServer(options, out, server);
  if (!walked) out.Expect(false, walked.error().ToString());
  FIRN_ASSIGN_OR_RETURN(const int exit_status, child.Terminate(kDrainPatience));
  out.Chapter("Done");
  out.Expect(exit_status == 0, "the server drained and ended with status 0");
  out.Say(fmt::format("{} steps came out as said, {} did not.", out.held_count(), out.broken_count()));
  return out.broken_count() == 0 ? 0 : 1;
}

}  // namespace firn::app
