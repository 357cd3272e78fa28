#include "engine/session/measured_store_internal.h"

namespace firn::session {
namespace {

/// Passes everything on; counts what is read.
class MeasuredStore final : public objects::ObjectStore {
 public:
  MeasuredStore(std::shared_ptr<objects::ObjectStore> inner, std::shared_ptr<StoreMeter> meter)
      : inner_(std::move(inner)), meter_(std::move(meter)) {}

  Result<std::string> Read(const Context& context, const std::string& url,
                           objects::ByteRange range) override {
    meter_->Count(url, range.length_bytes == 0 ? 0 : 1, range.length_bytes);
    return inner_->Read(context, url, range);
  }

  Result<std::string> ReadAll(const Context& context, const std::string& url,
                              std::size_t bytes_max) override {
    Result<std::string> bytes = inner_->ReadAll(context, url, bytes_max);
    meter_->Count(url, 1, bytes ? bytes->size() : 0);
    return bytes;
  }

  Status ReadRanges(const Context& context, const std::string& url,
                    std::span<const objects::ByteRange> ranges,
                    std::span<const std::span<char>> buffers) override {
    for (const objects::ByteRange& range : ranges) meter_->Count(url, 1, range.length_bytes);
    return inner_->ReadRanges(context, url, ranges, buffers);
  }

  Status ReadObjects(const Context& context, std::span<const objects::WholeRead> reads,
                     std::size_t in_flight_max, const objects::TakeObject& take) override {
    return inner_->ReadObjects(context, reads, in_flight_max,
                               [&](std::size_t index, std::string bytes) {
                                 meter_->Count(reads[index].url, 1, bytes.size());
                                 return take(index, std::move(bytes));
                               });
  }

  Result<objects::ObjectInfo> Stat(const Context& context, const std::string& url) override {
    meter_->Count(url, 1, 0);
    return inner_->Stat(context, url);
  }

  Result<objects::ObjectInfo> Put(const Context& context, const std::string& url,
                                  std::string_view bytes,
                                  objects::PutCondition condition) override {
    return inner_->Put(context, url, bytes, condition);
  }

  void PutAsync(const Context& context, const std::string& url,
                std::shared_ptr<const std::string> bytes, objects::PutCondition condition,
                std::function<void(Result<objects::ObjectInfo>)> done) override {
    inner_->PutAsync(context, url, std::move(bytes), condition, std::move(done));
  }

  Status Delete(const Context& context, const std::string& url) override {
    return inner_->Delete(context, url);
  }

  Result<std::vector<objects::ListedObject>> List(const Context& context,
                                                  const std::string& url_prefix) override {
    meter_->Count(url_prefix, 1, 0);
    return inner_->List(context, url_prefix);
  }

 private:
  const std::shared_ptr<objects::ObjectStore> inner_;
  const std::shared_ptr<StoreMeter> meter_;
};

bool IsMetadataFile(const std::string& url) {
  return url.ends_with(".avro") || url.ends_with(".json") || url.ends_with(".puffin");
}

}  // namespace

void StoreMeter::Count(const std::string& url, std::uint64_t requests, std::uint64_t bytes) {
  MutexLock lock(mutex_);
  requests_ += requests;
  bytes_ += bytes;
  urls_.insert(url);
}

StoreMeter::Reading StoreMeter::Read() const {
  MutexLock lock(mutex_);
  Reading reading{.requests = requests_, .bytes = bytes_, .objects = urls_.size(), .data_files = 0};
  for (const std::string& url : urls_) reading.data_files += IsMetadataFile(url) ? 0 : 1;
  return reading;
}

Result<duck::ResolvedTable> MeasuredTables::Resolve(const Context& context,
                                                    const duck::TableName& name) {
  FIRN_ASSIGN_OR_RETURN(duck::ResolvedTable table, inner_.Resolve(context, name));
  auto* pinned = std::get_if<duck::PinnedTable>(&table);
  if (pinned == nullptr || pinned->store == nullptr) return table;
  const std::string key =
      pinned->name.catalog + "." + pinned->name.database + "." + pinned->name.table;
  std::shared_ptr<StoreMeter>& meter = meters_[key];
  if (meter == nullptr) meter = std::make_shared<StoreMeter>();
  pinned->store = std::make_shared<MeasuredStore>(pinned->store, meter);
  return table;
}

}  // namespace firn::session
