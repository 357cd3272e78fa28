#include "wire/iceberg_rest/paths.h"

#include <array>
#include <optional>

#include "base/encoding.h"
#include "wire/iceberg_rest/limits.h"

namespace firn::iceberg_rest {
namespace {

constexpr char kLevelSeparator = '\x1f';

using Segments = std::span<const std::string_view>;

/// What a tail means, before the method is looked at.
enum class Shape {
  kNamespaces,
  kNamespace,
  kNamespaceProperties,
  kTables,
  kRegister,
  kTable,
  kTableMetrics,
  kTableCredentials,
  kTableSign,
  kTablePlan,
  kTablePlanOne,
  kTableTasks,
  kViews,
  kRegisterView,
  kView,
  kRenameTable,
  kRenameView,
  kCommitTransaction,
};

std::optional<Shape> ShapeBelowTable(Segments tail) {
  // namespaces / ns / tables / t / word [/ id]
  const std::string_view word = tail[4];
  if (tail.size() == 6) {
    return word == "plan" ? std::optional(Shape::kTablePlanOne) : std::nullopt;
  }
  if (tail.size() != 5) return std::nullopt;
  if (word == "metrics") return Shape::kTableMetrics;
  if (word == "credentials") return Shape::kTableCredentials;
  if (word == "sign") return Shape::kTableSign;
  if (word == "plan") return Shape::kTablePlan;
  if (word == "tasks") return Shape::kTableTasks;
  return std::nullopt;
}

std::optional<Shape> ShapeBelowNamespace(Segments tail) {
  // namespaces / ns / word […]
  const std::string_view word = tail[2];
  if (tail.size() == 3) {
    if (word == "properties") return Shape::kNamespaceProperties;
    if (word == "tables") return Shape::kTables;
    if (word == "register") return Shape::kRegister;
    if (word == "views") return Shape::kViews;
    if (word == "register-view") return Shape::kRegisterView;
    return std::nullopt;
  }
  if (word == "views") return tail.size() == 4 ? std::optional(Shape::kView) : std::nullopt;
  if (word != "tables") return std::nullopt;
  return tail.size() == 4 ? std::optional(Shape::kTable) : ShapeBelowTable(tail);
}

std::optional<Shape> ShapeOf(Segments tail) {
  if (tail.size() == 2 && tail[1] == "rename" && tail[0] == "tables") return Shape::kRenameTable;
  if (tail.size() == 2 && tail[1] == "rename" && tail[0] == "views") return Shape::kRenameView;
  if (tail.size() == 2 && tail[0] == "transactions" && tail[1] == "commit") {
    return Shape::kCommitTransaction;
  }
  if (tail[0] != "namespaces") return std::nullopt;
  if (tail.size() == 1) return Shape::kNamespaces;
  if (tail.size() == 2) return Shape::kNamespace;
  return ShapeBelowNamespace(tail);
}

struct MethodOperation {
  Shape shape;
  std::string_view method;
  Operation operation;
};

constexpr auto kMethodOperations = std::to_array<MethodOperation>({
    {Shape::kNamespaces, "GET", Operation::kListNamespaces},
    {Shape::kNamespaces, "POST", Operation::kCreateNamespace},
    {Shape::kNamespace, "GET", Operation::kLoadNamespace},
    {Shape::kNamespace, "HEAD", Operation::kNamespaceExists},
    {Shape::kNamespace, "DELETE", Operation::kDropNamespace},
    {Shape::kNamespaceProperties, "POST", Operation::kUpdateNamespaceProperties},
    {Shape::kTables, "GET", Operation::kListTables},
    {Shape::kTables, "POST", Operation::kCreateTable},
    {Shape::kRegister, "POST", Operation::kRegisterTable},
    {Shape::kTable, "GET", Operation::kLoadTable},
    {Shape::kTable, "HEAD", Operation::kTableExists},
    {Shape::kTable, "POST", Operation::kCommitTable},
    {Shape::kTable, "DELETE", Operation::kDropTable},
    {Shape::kTableMetrics, "POST", Operation::kReportMetrics},
    {Shape::kTableCredentials, "GET", Operation::kLoadCredentials},
    {Shape::kTableSign, "POST", Operation::kSignRequest},
    {Shape::kTablePlan, "POST", Operation::kPlanScan},
    {Shape::kTablePlanOne, "GET", Operation::kPlanScan},
    {Shape::kTablePlanOne, "DELETE", Operation::kPlanScan},
    {Shape::kTableTasks, "POST", Operation::kPlanScan},
    {Shape::kViews, "GET", Operation::kListViews},
    {Shape::kViews, "POST", Operation::kCreateView},
    {Shape::kRegisterView, "POST", Operation::kRegisterView},
    {Shape::kView, "GET", Operation::kLoadView},
    {Shape::kView, "HEAD", Operation::kViewExists},
    {Shape::kView, "POST", Operation::kReplaceView},
    {Shape::kView, "DELETE", Operation::kDropView},
    {Shape::kRenameTable, "POST", Operation::kRenameTable},
    {Shape::kRenameView, "POST", Operation::kRenameView},
    {Shape::kCommitTransaction, "POST", Operation::kCommitTransaction},
});

Unexpected UnknownPath(std::string_view raw_path) {
  return NotFound("UnknownOperation",
                  "No operation of the Iceberg REST catalog has the path " + std::string(raw_path));
}

Unexpected MethodNotAllowed(std::string_view method, std::string_view raw_path) {
  return Unsupported("MethodNotAllowed", "The path " + std::string(raw_path) +
                                             " does not take the method " + std::string(method));
}

Unexpected BadPath(std::string message) { return InvalidArgument("BadPath", std::move(message)); }

Result<std::string> DecodeText(std::string_view raw, std::string_view what) {
  auto decoded = PercentDecode(raw);
  if (!decoded) return BadPath("The " + std::string(what) + " in the path holds a broken % escape");
  if (!IsValidUtf8(*decoded))
    return BadPath("The " + std::string(what) + " in the path is not UTF-8");
  if (decoded->find('\0') != std::string::npos) {
    return BadPath("The " + std::string(what) + " in the path holds a NUL");
  }
  return *std::move(decoded);
}

Result<Namespace> DecodeNamespace(std::string_view raw) {
  FIRN_ASSIGN_OR_RETURN(const std::string decoded, DecodeText(raw, "namespace"));
  Namespace levels;
  for (const std::string_view level : Split(decoded, kLevelSeparator)) {
    if (level.empty()) return BadPath("A level of the namespace in the path is empty");
    levels.emplace_back(level);
  }
  if (levels.size() > kNamespaceLevelsMax) {
    return BadPath("The namespace in the path has more than " +
                   std::to_string(kNamespaceLevelsMax) + " levels");
  }
  return levels;
}

Result<Operation> OperationOf(Shape shape, std::string_view method, std::string_view raw_path) {
  for (const MethodOperation& row : kMethodOperations) {
    if (row.shape == shape && row.method == method) return row.operation;
  }
  return MethodNotAllowed(method, raw_path);
}

/// A bucket may be called `namespaces`; the segment after `…s3tablescatalog` is its name.
bool FollowsTableBucketCatalog(Segments segments, std::size_t index) {
  constexpr std::string_view kCatalog = "s3tablescatalog";
  return index > 0 && segments[index - 1].ends_with(kCatalog);
}

struct TailFound {
  std::size_t begin;
  Shape shape;
};

std::optional<TailFound> FindTail(Segments segments) {
  std::optional<TailFound> after_bucket_catalog;
  for (std::size_t begin = 0; begin < segments.size(); ++begin) {
    const std::optional<Shape> shape = ShapeOf(segments.subspan(begin));
    if (!shape) continue;
    if (!FollowsTableBucketCatalog(segments, begin)) return TailFound{begin, *shape};
    after_bucket_catalog = TailFound{begin, *shape};
  }
  return after_bucket_catalog;  // The federated catalog itself, with no bucket.
}

Result<Route> RouteOf(std::string_view method, std::string_view raw_path, Segments segments) {
  const std::optional<TailFound> found = FindTail(segments);
  if (!found) return UnknownPath(raw_path);
  const Segments tail = segments.subspan(found->begin);
  Route route;
  FIRN_ASSIGN_OR_RETURN(route.operation, OperationOf(found->shape, method, raw_path));
  for (std::size_t i = 0; i < found->begin; ++i) {
    if (i > 0) route.prefix_raw += '/';
    route.prefix_raw += segments[i];
  }
  FIRN_ASSIGN_OR_RETURN(route.prefix_decoded, DecodeText(route.prefix_raw, "prefix"));
  if (tail[0] == "namespaces" && tail.size() > 1) {
    FIRN_ASSIGN_OR_RETURN(route.namespace_levels, DecodeNamespace(tail[1]));
  }
  if (tail.size() > 3) {
    FIRN_ASSIGN_OR_RETURN(route.table, DecodeText(tail[3], "name"));
    if (route.table.empty()) return BadPath("The name in the path is empty");
  }
  return route;
}

std::string EncodeNamespace(const Namespace& levels) {
  std::string text;
  for (const std::string& level : levels) {
    if (!text.empty()) text += "%1F";
    text += PercentEncode(level);
  }
  return text;
}

}  // namespace

std::string_view OperationName(Operation operation) {
  switch (operation) {
    case Operation::kGetConfig: return "GetConfig";
    case Operation::kOAuthToken: return "GetToken";
    case Operation::kListNamespaces: return "ListNamespaces";
    case Operation::kCreateNamespace: return "CreateNamespace";
    case Operation::kLoadNamespace: return "LoadNamespaceMetadata";
    case Operation::kNamespaceExists: return "NamespaceExists";
    case Operation::kDropNamespace: return "DropNamespace";
    case Operation::kUpdateNamespaceProperties: return "UpdateNamespaceProperties";
    case Operation::kListTables: return "ListTables";
    case Operation::kCreateTable: return "CreateTable";
    case Operation::kRegisterTable: return "RegisterTable";
    case Operation::kLoadTable: return "LoadTable";
    case Operation::kTableExists: return "TableExists";
    case Operation::kCommitTable: return "UpdateTable";
    case Operation::kDropTable: return "DropTable";
    case Operation::kRenameTable: return "RenameTable";
    case Operation::kLoadCredentials: return "LoadCredentials";
    case Operation::kReportMetrics: return "ReportMetrics";
    case Operation::kSignRequest: return "SignRequest";
    case Operation::kPlanScan: return "PlanTableScan";
    case Operation::kCommitTransaction: return "CommitTransaction";
    case Operation::kListViews: return "ListViews";
    case Operation::kCreateView: return "CreateView";
    case Operation::kLoadView: return "LoadView";
    case Operation::kViewExists: return "ViewExists";
    case Operation::kReplaceView: return "ReplaceView";
    case Operation::kDropView: return "DropView";
    case Operation::kRenameView: return "RenameView";
    case Operation::kRegisterView: return "RegisterView";
  }
  return "Unknown";
}

Result<Route> ParseRoute(std::string_view method, std::string_view raw_path,
                         std::string_view base) {
  if (raw_path.size() > kPathBytesMax) {
    return BadPath("The path is longer than " + std::to_string(kPathBytesMax) + " bytes");
  }
  std::string_view rest = raw_path;
  const std::string start = std::string(base) + "/v1/";
  if (!rest.starts_with(start)) return UnknownPath(raw_path);
  rest.remove_prefix(start.size());
  // One slash at the end is what some clients leave; more are an empty name.
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest == "config") {
    if (method != "GET") return MethodNotAllowed(method, raw_path);
    return Route{.operation = Operation::kGetConfig};
  }
  if (rest == "oauth/tokens") {
    if (method != "POST") return MethodNotAllowed(method, raw_path);
    return Route{.operation = Operation::kOAuthToken};
  }
  const std::vector<std::string_view> segments = Split(rest, '/');
  if (segments.size() > kPathSegmentsMax) {
    return BadPath("The path has more than " + std::to_string(kPathSegmentsMax) + " segments");
  }
  return RouteOf(method, raw_path, segments);
}

std::string ConfigUrl(std::string_view base_url, std::string_view warehouse) {
  std::string url = std::string(base_url) + "/v1/config";
  return warehouse.empty() ? url : WithQuery(std::move(url), "warehouse", warehouse);
}

std::string OAuthTokenUrl(std::string_view base_url) {
  return std::string(base_url) + "/v1/oauth/tokens";
}

std::string NamespacesUrl(std::string_view base_url, std::string_view prefix_raw) {
  std::string url = std::string(base_url) + "/v1/";
  if (!prefix_raw.empty()) {
    url += prefix_raw;
    url += '/';
  }
  return url + "namespaces";
}

std::string NamespaceUrl(std::string_view base_url, std::string_view prefix_raw,
                         const Namespace& levels) {
  return NamespacesUrl(base_url, prefix_raw) + "/" + EncodeNamespace(levels);
}

std::string TablesUrl(std::string_view base_url, std::string_view prefix_raw,
                      const Namespace& levels) {
  return NamespaceUrl(base_url, prefix_raw, levels) + "/tables";
}

std::string RegisterUrl(std::string_view base_url, std::string_view prefix_raw,
                        const Namespace& levels) {
  return NamespaceUrl(base_url, prefix_raw, levels) + "/register";
}

std::string RenameTableUrl(std::string_view base_url, std::string_view prefix_raw) {
  std::string url = NamespacesUrl(base_url, prefix_raw);
  url.resize(url.size() - std::string_view("namespaces").size());
  return url + "tables/rename";
}

std::string TableUrl(std::string_view base_url, std::string_view prefix_raw,
                     const Namespace& levels, std::string_view table) {
  return TablesUrl(base_url, prefix_raw, levels) + "/" + PercentEncode(table);
}

std::string ViewsUrl(std::string_view base_url, std::string_view prefix_raw,
                     const Namespace& levels) {
  return NamespaceUrl(base_url, prefix_raw, levels) + "/views";
}

std::string ViewUrl(std::string_view base_url, std::string_view prefix_raw, const Namespace& levels,
                    std::string_view view) {
  return ViewsUrl(base_url, prefix_raw, levels) + "/" + PercentEncode(view);
}

std::string CredentialsUrl(std::string_view base_url, std::string_view prefix_raw,
                           const Namespace& levels, std::string_view table) {
  return TableUrl(base_url, prefix_raw, levels, table) + "/credentials";
}

std::string WithQuery(std::string url, std::string_view name, std::string_view value) {
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += name;
  url += '=';
  return url + PercentEncode(value);
}

std::string DisplayNamespace(const Namespace& levels) {
  std::string text;
  for (const std::string& level : levels) {
    if (!text.empty()) text += '.';
    text += level;
  }
  return text;
}

}  // namespace firn::iceberg_rest
