#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Paths of the Iceberg REST catalog, read on the server side and built on the client side.
///
/// A path is `<base>/v1/<prefix…>/<tail>`: `base` is `/iceberg` on AWS, `prefix` is what GET config
/// answered (zero or more raw segments) and `tail` names the operation. Everything here works on
/// the raw (still percent-encoded) path and decodes each name exactly once. All functions are pure
/// and thread-safe.

namespace firn::iceberg_rest {

/// Levels, outermost first; at least one.
using Namespace = std::vector<std::string>;

enum class Operation {
  kGetConfig,
  kOAuthToken,
  kListNamespaces,
  kCreateNamespace,
  kLoadNamespace,
  kNamespaceExists,
  kDropNamespace,
  kUpdateNamespaceProperties,
  kListTables,
  kCreateTable,
  kRegisterTable,
  kLoadTable,
  kTableExists,
  kCommitTable,
  kDropTable,
  kRenameTable,
  kLoadCredentials,
  kReportMetrics,
  kSignRequest,
  kPlanScan,  ///< POST …/plan, GET and DELETE …/plan/{id}, POST …/tasks.
  kCommitTransaction,
  kListViews,
  kCreateView,
  kLoadView,
  kViewExists,
  kReplaceView,
  kDropView,
  kRenameView,
  kRegisterView,
};

/// `LoadTable`, as AWS' audit log and error texts name it.
std::string_view OperationName(Operation operation);

/// One request, read.
struct Route {
  Operation operation = Operation::kGetConfig;
  std::string
      prefix_raw;  ///< As it stood in the path, no slash at either end; empty when there is none.
  std::string prefix_decoded;  ///< Decoded once: `catalogs/123456789012:s3tablescatalog/bucket`.
  Namespace namespace_levels;  ///< Empty when the operation names none.
  std::string table;  ///< The table's or the view's name; empty when the operation names none.
};

/// Reads `method` and the raw path of a request target (no query).
///
/// `base` is what comes before `/v1/`, e.g. "/iceberg". The prefix may be of any number of
/// segments, encoded in any of the ways clients do it: `catalogs/A:s3tablescatalog/B`,
/// `catalogs/A%3As3tablescatalog%2FB`, `catalogs/A:s3tablescatalog%2FB`,
/// `catalogs%2FA%3As3tablescatalog%2FB`, without the account, a bucket ARN in one segment, or none
/// at all. The tail begins at the first `namespaces`, `tables/rename`, `views/rename` or
/// `transactions/commit` from which the rest of the path fits the grammar; a segment that follows
/// `…s3tablescatalog` is a bucket's name and never begins the tail. Levels of a namespace are
/// separated by %1F.
///
/// Errors: kNotFound/UnknownOperation when the path fits no operation;
/// kUnsupported/MethodNotAllowed when it does but not with this method; kInvalidArgument/BadPath
/// when an escape is broken, a decoded name is empty, not UTF-8, or holds NUL, or a limit is
/// passed.
Result<Route> ParseRoute(std::string_view method, std::string_view raw_path,
                         std::string_view base = "/iceberg");

// The client's side. `base_url` is the catalog's URI without a trailing slash
// (`https://…/iceberg`); `prefix_raw` goes in as it is.
std::string ConfigUrl(std::string_view base_url, std::string_view warehouse);
std::string OAuthTokenUrl(std::string_view base_url);
std::string NamespacesUrl(std::string_view base_url, std::string_view prefix_raw);
std::string NamespaceUrl(std::string_view base_url, std::string_view prefix_raw,
                         const Namespace& levels);
std::string TablesUrl(std::string_view base_url, std::string_view prefix_raw,
                      const Namespace& levels);
std::string RegisterUrl(std::string_view base_url, std::string_view prefix_raw,
                        const Namespace& levels);
std::string RenameTableUrl(std::string_view base_url, std::string_view prefix_raw);
std::string TableUrl(std::string_view base_url, std::string_view prefix_raw,
                     const Namespace& levels, std::string_view table);
std::string ViewsUrl(std::string_view base_url, std::string_view prefix_raw,
                     const Namespace& levels);
std::string ViewUrl(std::string_view base_url, std::string_view prefix_raw, const Namespace& levels,
                    std::string_view view);
std::string CredentialsUrl(std::string_view base_url, std::string_view prefix_raw,
                           const Namespace& levels, std::string_view table);

/// Appends `name=value`, the value percent-encoded, with `?` or `&` as needed.
std::string WithQuery(std::string url, std::string_view name, std::string_view value);

/// Levels joined by `.`, for people.
std::string DisplayNamespace(const Namespace& levels);

}  // namespace firn::iceberg_rest
