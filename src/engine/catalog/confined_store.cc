#include <algorithm>

#include "base/encoding.h"
#include "engine/catalog/confined_store_internal.h"
#include "engine/catalog/limits.h"
#include "lake/objects/object_upload.h"

namespace firn::catalog {
namespace {

using objects::ObjectUrl;

/// A prefix whose key is empty or ends in a slash.
Result<ObjectUrl> FolderOf(std::string_view location) {
  FIRN_ASSIGN_OR_RETURN(ObjectUrl folder, objects::ParseObjectUrl(location));
  if (!folder.key.empty() && !folder.key.ends_with('/')) folder.key += '/';
  return folder;
}

bool HasDotSegment(std::string_view key) {
  return std::ranges::any_of(
      Split(key, '/'), [](std::string_view segment) { return segment == "." || segment == ".."; });
}

class ConfinedStore final : public objects::ObjectStore, public objects::UploadingStore {
 public:
  ConfinedStore(std::shared_ptr<ObjectStore> inner, std::vector<ObjectUrl> folders)
      : inner_(std::move(inner)), folders_(std::move(folders)) {}

  Result<std::string> Read(const Context& context, const std::string& url,
                           objects::ByteRange range) override {
    FIRN_TRY(Check(url));
    return inner_->Read(context, url, range);
  }
  Result<std::string> ReadAll(const Context& context, const std::string& url,
                              std::size_t bytes_max) override {
    FIRN_TRY(Check(url));
    return inner_->ReadAll(context, url, bytes_max);
  }
  Status ReadRanges(const Context& context, const std::string& url,
                    std::span<const objects::ByteRange> ranges,
                    std::span<const std::span<char>> buffers) override {
    FIRN_TRY(Check(url));
    return inner_->ReadRanges(context, url, ranges, buffers);
  }
  Status ReadObjects(const Context& context, std::span<const objects::WholeRead> reads,
                     std::size_t in_flight_max, const objects::TakeObject& take) override {
    for (const objects::WholeRead& read : reads) FIRN_TRY(Check(read.url));
    return inner_->ReadObjects(context, reads, in_flight_max, take);
  }
  Result<objects::ObjectInfo> Stat(const Context& context, const std::string& url) override {
    FIRN_TRY(Check(url));
    return inner_->Stat(context, url);
  }
  Result<objects::ObjectInfo> Put(const Context& context, const std::string& url,
                                  std::string_view bytes,
                                  objects::PutCondition condition) override {
    FIRN_TRY(Check(url));
    return inner_->Put(context, url, bytes, condition);
  }
  void PutAsync(const Context& context, const std::string& url,
                std::shared_ptr<const std::string> bytes, objects::PutCondition condition,
                std::function<void(Result<objects::ObjectInfo>)> done) override {
    if (Status checked = Check(url); !checked) return done(std::move(checked).error());
    inner_->PutAsync(context, url, std::move(bytes), condition, std::move(done));
  }
  std::unique_ptr<objects::ObjectUpload> BeginUpload(const Context& context, const std::string& url,
                                                     objects::PutCondition condition) override {
    if (Status inside = Check(url); !inside) {
      return std::make_unique<objects::RefusedUpload>(std::move(inside).error());
    }
    return objects::BeginUpload(context, *inner_, url, condition);
  }
  Status AbortUploads(const Context& context, const std::string& url) override {
    FIRN_TRY(Check(url));
    return objects::AbortUploads(context, *inner_, url);
  }
  Status Delete(const Context& context, const std::string& url) override {
    FIRN_TRY(Check(url));
    return inner_->Delete(context, url);
  }
  Result<std::vector<objects::ListedObject>> List(const Context& context,
                                                  const std::string& url_prefix) override {
    // A listing of the folder itself may leave its last slash out.
    if (!Check(url_prefix) && !Check(url_prefix + "/")) FIRN_TRY(Check(url_prefix));
    return inner_->List(context, url_prefix);
  }

 private:
  Status Check(const std::string& url) const {
    const auto parsed = objects::ParseObjectUrl(url);
    const bool is_inside =
        parsed && !HasDotSegment(parsed->key) &&
        std::ranges::any_of(folders_, [&](const ObjectUrl& folder) {
          return parsed->bucket == folder.bucket && parsed->key.starts_with(folder.key);
        });
    if (is_inside) return Ok();
    return PermissionDenied(
        "OutsideTableLocation",
        "The catalog names \"" + url.substr(0, kShownPathBytesMax) + "\" as part of a table at " +
            folders_.front().ToString() +
            ", outside of it\nhint: if the table's files are meant to be there, allow it with the "
            "catalog property \"firn.allowed-locations\"");
  }

  // Constant after construction.
  const std::shared_ptr<ObjectStore> inner_;
  const std::vector<ObjectUrl> folders_;  // The table's own first.
};

}  // namespace

Result<std::shared_ptr<objects::ObjectStore>> ConfineStore(
    std::shared_ptr<objects::ObjectStore> inner, const std::string& location,
    const std::vector<std::string>& also_allowed) {
  auto own = FolderOf(location);
  if (!own || HasDotSegment(own->key)) {
    return Unsupported("UnsupportedLocation",
                       "The catalog places a table at \"" + location.substr(0, kShownPathBytesMax) +
                           "\": Firn reads and writes tables on S3 only (s3://bucket/…)");
  }
  std::vector<ObjectUrl> folders{*std::move(own)};
  for (const std::string& one : also_allowed) {
    FIRN_ASSIGN_OR_RETURN(ObjectUrl folder, FolderOf(one));
    folders.push_back(std::move(folder));
  }
  return std::shared_ptr<objects::ObjectStore>(
      std::make_shared<ConfinedStore>(std::move(inner), std::move(folders)));
}

Result<std::vector<std::string>> ParseAllowedLocations(std::string_view text) {
  std::vector<std::string> locations;
  if (text.empty()) return locations;
  for (std::string_view part : Split(text, ',')) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    const auto folder = FolderOf(part);
    if (!folder || HasDotSegment(folder->key)) {
      return InvalidArgument("BadPropertyValue",
                             "Property \"firn.allowed-locations\" is a list of s3:// addresses "
                             "with commas between, not \"" +
                                 std::string(part.substr(0, kShownPathBytesMax)) + "\"");
    }
    locations.emplace_back(part);
  }
  return locations;
}

}  // namespace firn::catalog
