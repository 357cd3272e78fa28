#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "engine/catalog/rest_channel.h"
#include "wire/iceberg_rest/messages.h"

/// The REST catalog's operations as calls: one request each (a page each for lists), answers read,
/// errors worded.

namespace firn::catalog {

/// Asks with the settings before any merge. Errors: kNotFound/NoSuchWarehouse, /NotACatalog, and
/// those of all requests.
Result<iceberg_rest::ConfigResponse> GetConfig(const Context& context, RestChannel& channel);

/// Every page. `parent` lists one level below it.
Result<std::vector<iceberg_rest::Namespace>> ListNamespaces(const Context& context,
                                                            RestChannel& channel,
                                                            const iceberg_rest::Namespace& parent);
/// False when it is not there.
Result<bool> NamespaceExists(const Context& context, RestChannel& channel,
                             const iceberg_rest::Namespace& levels);
Status CreateNamespace(const Context& context, RestChannel& channel,
                       const iceberg_rest::NamespaceDocument& document);
Status DropNamespace(const Context& context, RestChannel& channel,
                     const iceberg_rest::Namespace& levels);

Result<std::vector<std::string>> ListTables(const Context& context, RestChannel& channel,
                                            const iceberg_rest::Namespace& levels);
/// Empty when the server has no views.
Result<std::vector<std::string>> ListViews(const Context& context, RestChannel& channel,
                                           const iceberg_rest::Namespace& levels);

struct TableAnswer {
  bool not_modified = false;  ///< 304: `result` is empty.
  std::string etag;
  std::optional<WallTime> server_time;  ///< Its Date header.
  iceberg_rest::LoadTableResult result;
};
/// `etag` empty: no condition.
Result<TableAnswer> LoadTable(const Context& context, RestChannel& channel,
                              const iceberg_rest::TableIdentifier& table, std::string_view etag);
Result<TableAnswer> CreateTable(const Context& context, RestChannel& channel,
                                const iceberg_rest::Namespace& levels,
                                const iceberg_rest::CreateTableRequest& request);
Status DropTable(const Context& context, RestChannel& channel,
                 const iceberg_rest::TableIdentifier& table, bool purge);

Status RenameTable(const Context& context, RestChannel& channel,
                   const iceberg_rest::TableIdentifier& source,
                   const iceberg_rest::TableIdentifier& destination);
Result<TableAnswer> RegisterTable(const Context& context, RestChannel& channel,
                                  const iceberg_rest::TableIdentifier& table,
                                  const std::string& metadata_location);

/// A view's metadata as the server gives it, and what became of a request that was lost:
/// kUnavailable, as with all requests.
Result<json::value> LoadView(const Context& context, RestChannel& channel,
                             const iceberg_rest::TableIdentifier& view);
Result<json::value> CreateView(const Context& context, RestChannel& channel,
                               const iceberg_rest::Namespace& levels,
                               const iceberg_rest::CreateViewRequest& request);
/// Errors: kConflict on 409.
Result<json::value> ReplaceView(const Context& context, RestChannel& channel,
                                const iceberg_rest::TableIdentifier& view,
                                const iceberg_rest::CommitTableRequest& request);
Status DropView(const Context& context, RestChannel& channel,
                const iceberg_rest::TableIdentifier& view);

/// What became of one commit request.
enum class CommitOutcome {
  kApplied,
  kConflict,  ///< 409: surely not applied; worth a rebase.
  kNotSent,   ///< Surely never reached the server.
  kRefused,   ///< Surely not applied, and no retry helps.
  kUnknown,   ///< 5xx, 429, a lost or cut answer, a token that expired on the way.
};
struct CommitAnswer {
  CommitOutcome outcome = CommitOutcome::kUnknown;
  std::optional<Error> error;  ///< Of all outcomes but kApplied.
  std::optional<iceberg_rest::CommitTableResponse> response;
  std::string etag;  ///< Of the new version, when the server tells it.
};
/// One request, sent once, on a new connection. `idempotency_key` goes out when the server
/// announced such keys.
CommitAnswer SendCommit(const Context& context, RestChannel& channel,
                        const iceberg_rest::TableIdentifier& table,
                        const iceberg_rest::CommitTableRequest& request,
                        std::string_view idempotency_key);

}  // namespace firn::catalog
