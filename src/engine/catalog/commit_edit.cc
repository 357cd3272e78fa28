#include "base/json.h"
#include "engine/catalog/change_commit_internal.h"
#include "engine/catalog/limits.h"

namespace firn::catalog {
namespace {

using Metadata = std::shared_ptr<const iceberg::TableMetadata>;

iceberg_rest::CommitTableRequest RequestOf(const iceberg::TableMetadata& metadata,
                                           const MetadataChange& change) {
  iceberg_rest::CommitTableRequest request;
  request.requirements.push_back(ToJson(iceberg::AssertTableUuid{metadata.table_uuid}));
  for (const auto& requirement : change.requirements) {
    request.requirements.push_back(ToJson(requirement));
  }
  for (const auto& update : change.updates) request.updates.push_back(ToJson(update));
  return request;
}

/// Equal for tables that differ in nothing but when and where their metadata was written.
std::string ContentOf(const iceberg::TableMetadata& metadata) {
  iceberg::TableMetadata content = metadata;
  content.last_updated_ms = 0;
  content.metadata_log.clear();
  return json::serialize(ToJson(content));
}

/// One edit on its way. Lives for one CommitEdit.
class EditRun {
 public:
  EditRun(const Context& context, ChangeTarget& target, const MetadataEdit& edit,
          const CommitEnvironment& environment)
      : context_(context),
        patient_(Context(context.request_id(), context.clock())),
        target_(target),
        edit_(edit),
        environment_(environment) {}

  Result<Metadata> Run(Metadata base) {
    FIRN_ASSIGN_OR_RETURN(const CommitQueue::Turn turn, target_.WaitForTurn(context_));
    metadata_ = target_.Newest(std::move(base));
    while (true) {
      FIRN_ASSIGN_OR_RETURN(change_, edit_(*metadata_));
      if (change_.updates.empty()) return metadata_;
      FIRN_ASSIGN_OR_RETURN(Metadata after, Send());
      if (after != nullptr) return after;
    }
  }

 private:
  /// Null: word it again on metadata_.
  Result<Metadata> Send() {
    ++sends_;
    const std::string key =
        NewUuidV7(environment_.random, MillisSinceEpoch(context_.clock().Now()));
    const CommitAnswer answer =
        target_.Send(patient_.WithTimeout(kCommitTimeout), RequestOf(*metadata_, change_), key);
    switch (answer.outcome) {
      case CommitOutcome::kApplied: {
        auto parsed = iceberg::ParseTableMetadata(answer.response->metadata);
        if (!parsed) return Resolve(answer);
        auto after = std::make_shared<const iceberg::TableMetadata>(*std::move(parsed));
        target_.Remember(answer, after, nullptr);
        return after;
      }
      case CommitOutcome::kConflict:
      case CommitOutcome::kNotSent:
        if (sends_ >= kRequestAttemptsMax) return *answer.error;
        FIRN_TRY(context_.Sleep(JitteredWait(environment_.random, sends_)));
        return Reload();
      case CommitOutcome::kRefused: return *answer.error;
      case CommitOutcome::kUnknown: return Resolve(answer);
    }
    return Internal("UnknownOutcome", "a commit had no outcome");
  }

  Result<Metadata> Reload() {
    FIRN_ASSIGN_OR_RETURN(metadata_, target_.Reload(context_));
    return Metadata();
  }

  /// Looks until the table is what the edit makes of it, or can no longer become it.
  Result<Metadata> Resolve(const CommitAnswer& answer) {
    FIRN_ASSIGN_OR_RETURN(
        const iceberg::TableMetadata expected,
        iceberg::ApplyUpdates(metadata_.get(), change_.updates, context_.clock().Now()));
    const std::string content = ContentOf(expected);
    const Context looking = patient_.WithTimeout(kResolveTimeout);
    for (int attempt = 1;; ++attempt) {
      const auto reloaded = target_.Reload(looking);
      if (reloaded && ContentOf(**reloaded) == content) return *reloaded;
      if (reloaded && !iceberg::CheckRequirements(reloaded->get(), change_.requirements)) {
        metadata_ = *reloaded;
        if (sends_ >= kRequestAttemptsMax) break;
        return Metadata();
      }
      if (!looking.Sleep(kRetryWaitFirst + JitteredWait(environment_.random, attempt))) break;
    }
    return CommitStateUnknown(
        "CommitStateUnknown",
        "Commit state unknown: the catalog did not tell whether the change of the table was applied"
        " (" + (answer.error ? answer.error->message() : "its answer cannot be read") +
            ")\nhint: look at the table (DESC, SHOW CREATE TABLE) before you run it again");
  }

  // Constant after construction.
  const Context& context_;
  const Context patient_;
  ChangeTarget& target_;
  const MetadataEdit& edit_;
  const CommitEnvironment& environment_;

  Metadata metadata_;
  MetadataChange change_;
  int sends_ = 0;
};

}  // namespace

Result<Metadata> CommitEdit(const Context& context, ChangeTarget& target, Metadata base,
                            const MetadataEdit& edit, const CommitEnvironment& environment) {
  return EditRun(context, target, edit, environment).Run(std::move(base));
}

}  // namespace firn::catalog
