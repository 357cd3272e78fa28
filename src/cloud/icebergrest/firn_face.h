#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/context.h"
#include "base/mutex.h"
#include "base/result.h"
#include "cloud/icebergrest/warehouse_store.h"
#include "cloud/policy/authorizer.h"
#include "cloud/sts/sts.h"
#include "wire/aws/answer.h"
#include "wire/aws/form.h"
#include "wire/iceberg_rest/paths.h"

/// The whole Iceberg REST specification over plain warehouses. Table buckets answer on the same
/// endpoint through cloud/glue's face with S3 Tables' rules: the door asks NamesTableBucket first.
///
/// The door calls ParseCall, (signature or token), NeedsOf, (authorise), Handle.

namespace firn::icebergrest {

/// One request, read; nothing about what it names is known to exist.
struct FirnCall {
  iceberg_rest::Route route;
  std::string warehouse;  ///< A name, or the ARN of a table bucket.
  aws::Form query;
};

/// What came with a request besides path and query.
struct FirnRequest {
  std::string_view method;
  std::string_view target;  ///< Raw path and query; an idempotency key is bound to it.
  std::string body;
  std::string if_none_match;
  std::string idempotency_key;     ///< Empty when not sent.
  bool wants_credentials = false;  ///< X-Iceberg-Access-Delegation has vended-credentials.
  std::string endpoint;            ///< `http://host:port`, as the client reached us.
};

/// The warehouse that is there from the start, and that an empty `warehouse` means.
inline constexpr std::string_view kDefaultWarehouse = "warehouse";

/// Thread-safe. All references must outlive it.
///
/// Errors: those of WarehouseStore; kUnsupported/UnsupportedOperation for what is not announced
/// (scan planning, remote signing); kInvalidArgument with BadRequest, IdempotencyKeyInvalid,
/// IdempotencyKeyReused (422).
class FirnFace {
 public:
  struct Parts {
    WarehouseStore& store;
    const policy::Authorizer& authorizer;
    const sts::Sts& sts;
    ledger::Ledger& ledger;
    const Clock& clock;
    std::string account_id;
    std::string region;
  };
  explicit FirnFace(Parts parts) : parts_(std::move(parts)) {}

  Result<FirnCall> ParseCall(std::string_view method, std::string_view raw_path,
                             std::string_view raw_query) const;
  /// The table bucket that the call's warehouse is, by its ARN; nullopt for a plain warehouse.
  static std::optional<std::string> NamesTableBucket(const FirnCall& call);
  /// s3tables: actions on `arn:aws:s3tables:R:A:warehouse/<name>` and `…/table/<id>` below it.
  Result<std::vector<policy::AccessNeed>> NeedsOf(const FirnCall& call,
                                                  std::string_view body) const;

  Result<aws::Answer> Handle(const Context& context, const policy::Permit& permit,
                             const FirnCall& call, const FirnRequest& request);

 private:
  /// One call on its way: everything the handlers need.
  struct Task {
    const Context& context;
    const policy::Permit& permit;
    const FirnCall& call;
    const FirnRequest& request;
    ledger::WarehouseRow warehouse;
    KeepOutcome keep;

    TableIdentifier identifier() const { return {call.route.namespace_levels, call.route.table}; }
  };
  aws::Answer GetConfig(const FirnCall& call) const;
  Result<aws::Answer> Run(const Task& task);
  Result<aws::Answer> RunNamespace(const Task& task);
  Result<aws::Answer> ListNamespaces(const Task& task);
  Result<aws::Answer> ListNames(const Task& task, bool views);
  Result<aws::Answer> CreateTable(const Task& task);
  Result<aws::Answer> RegisterTable(const Task& task);
  Result<aws::Answer> LoadTable(const Task& task);
  Result<aws::Answer> CommitTable(const Task& task);
  Result<aws::Answer> CommitTransaction(const Task& task);
  Result<aws::Answer> CreateView(const Task& task);
  Result<aws::Answer> ReplaceView(const Task& task);
  Result<aws::Answer> Rename(const Task& task, bool view);
  Result<aws::Answer> LoadCredentials(const Task& task);
  Result<aws::Answer> TableAnswer(const Task& task, const ledger::WarehouseEntryRow& row,
                                  const iceberg::TableMetadata& metadata);
  aws::Answer ViewAnswer(const LoadedView& view) const;

  /// The answer kept under the request's key, credentials minted anew; nullopt when there is none.
  Result<std::optional<aws::Answer>> Replay(const Task& task);
  iceberg_rest::Properties StorageConfig(const FirnRequest& request) const;
  /// Empty when the caller may not read the entry's data.
  Result<iceberg_rest::Properties> Vend(const Task& task, const std::string& location);

  policy::AccessNeed NeedOn(const FirnCall& call, std::string_view action,
                            const TableIdentifier* identifier, bool view) const;

  // Constant after construction.
  const Parts parts_;

  Mutex mutex_;
  /// By the caller's key, location, writable.
  std::map<std::tuple<std::string, std::string, bool>, sts::TemporaryCredentials> vended_
      FIRN_GUARDED_BY(mutex_);
};

}  // namespace firn::icebergrest
