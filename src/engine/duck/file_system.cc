#include <cstring>

#include "engine/duck/errors_internal.h"
#include "engine/duck/file_system_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/parquet_copy_internal.h"
#include "engine/duck/statement_internal.h"

namespace firn::duck {
namespace {

Statement& StatementOf(duckdb::optional_ptr<duckdb::FileOpener> opener) {
  auto context = duckdb::FileOpener::TryGetClientContext(opener);
  if (!context) {
    Raise(Error(ErrorCode::kInternal, "NoStatement", "A file was opened outside a statement"));
  }
  return CurrentStatement(*context);
}

bool IsObjectUrl(const std::string& path) {
  return path.starts_with("s3://") || path.starts_with("s3a://") || path.starts_with("s3n://");
}

[[noreturn]] void RaiseNotSupported(const char* what, const std::string& path) {
  Raise(Error(ErrorCode::kUnsupported, "FileOperation",
              std::string("Object files do not support ") + what + ": " + path));
}

/// A handle with a position; both kinds of ours have one.
struct PositionedHandle : duckdb::FileHandle {
  using duckdb::FileHandle::FileHandle;
  void Close() override {}
  virtual std::uint64_t size_bytes() const = 0;
  std::uint64_t position_bytes = 0;
};

/// An object being read. Small ones are fetched whole by the first read: footer and columns in one
/// request. Thread-safe but for the position.
class ReadHandle final : public PositionedHandle {
 public:
  ReadHandle(duckdb::FileSystem& system, const std::string& url, duckdb::FileOpenFlags open_flags,
             Statement& statement, std::shared_ptr<objects::ObjectStore> store,
             std::uint64_t size_bytes)
      : PositionedHandle(system, url, open_flags),
        context_(statement.context()),
        store_(std::move(store)),
        read_ahead_(statement.read_ahead()),
        pool_(statement.parts().readers),
        size_bytes_(size_bytes) {}

  ~ReadHandle() override {
    if (groups_ != nullptr) groups_->Stop();
  }

  std::uint64_t size_bytes() const override { return size_bytes_; }

  Status ReadAt(char* buffer, std::uint64_t length_bytes, std::uint64_t offset_bytes) {
    if (length_bytes == 0) return Ok();
    if (offset_bytes > size_bytes_ || length_bytes > size_bytes_ - offset_bytes) {
      return DataCorruption("FileTruncated", "Data file '" + path + "' has " +
                                                 std::to_string(size_bytes_) + " bytes, but byte " +
                                                 std::to_string(offset_bytes + length_bytes - 1) +
                                                 " was asked for");
    }
    if (size_bytes_ <= kWholeFileBytesMax) {
      FIRN_TRY_NOTE(FetchWhole(), "reading '" + path + "'");
      // Written once, under the lock that FetchWhole has held.
      std::memcpy(buffer, whole_.data() + offset_bytes, length_bytes);
      return Ok();
    }
    const objects::ByteRange range{offset_bytes, length_bytes};
    const std::span<char> target(buffer, length_bytes);
    if (const auto groups = this->groups()) {
      FIRN_ASSIGN_OR_RETURN(const bool is_filled, groups->Read(offset_bytes, target));
      if (is_filled) return Ok();
    }
    FIRN_TRY_NOTE(store_->ReadRanges(context_, path, {&range, 1}, {&target, 1}),
                  "reading '" + path + "'");
    return Ok();
  }

  void Plan(std::vector<GroupRanges> groups) {
    auto made = std::make_shared<GroupReads>(context_, store_, path, pool_, std::move(groups));
    MutexLock lock(mutex_);
    if (groups_ == nullptr) groups_ = std::move(made);
  }

 private:
  std::shared_ptr<GroupReads> groups() {
    MutexLock lock(mutex_);
    return groups_;
  }

  // The lock is held over the request so that threads that want the same small file wait for it
  // rather than fetch it again.
  Status FetchWhole() {
    MutexLock lock(mutex_);
    if (fetched_) return Ok();
    FIRN_ASSIGN_OR_RETURN(auto ahead, read_ahead_->Take(path));
    if (ahead) {
      whole_ = *std::move(ahead);
    } else {
      FIRN_ASSIGN_OR_RETURN(whole_, store_->Read(context_, path, {0, size_bytes_}));
    }
    fetched_ = true;
    return Ok();
  }

  // Constant after construction.
  const Context context_;
  const std::shared_ptr<objects::ObjectStore> store_;
  const std::shared_ptr<ReadAhead> read_ahead_;
  ThreadPool& pool_;
  const std::uint64_t size_bytes_;

  Mutex mutex_;
  std::shared_ptr<GroupReads> groups_ FIRN_GUARDED_BY(mutex_);  // Null until a scan has planned.
  bool fetched_ FIRN_GUARDED_BY(mutex_) = false;
  std::string whole_;
};

/// An object being written: bytes gather here, and one PUT at Close makes them appear. Dropped
/// without Close, nothing appears. Owned by one thread.
class WriteHandle final : public PositionedHandle {
 public:
  WriteHandle(duckdb::FileSystem& system, const std::string& name, duckdb::FileOpenFlags open_flags,
              Statement& statement, std::shared_ptr<WriteOutput> output)
      : PositionedHandle(system, name, open_flags),
        statement_(statement),
        output_(std::move(output)) {}

  std::uint64_t size_bytes() const override { return bytes_.size(); }

  void Append(const char* data, std::uint64_t length_bytes) {
    if (bytes_.size() + length_bytes > kDataFileBytesMax) {
      Raise(Error(ErrorCode::kResourceExhausted, "DataFileTooLarge",
                  "A data file grew over " + std::to_string(kDataFileBytesMax) + " bytes"));
    }
    bytes_.append(data, length_bytes);
    position_bytes = bytes_.size();
  }

  void Close() override {
    if (closed_) return;
    closed_ = true;
    WriteSession& session = *statement_.write;
    std::optional<std::int64_t> partition;
    const std::string url = Url(session, partition);
    auto footer = ReadParquetFooter(bytes_);
    if (!footer) Raise(std::move(footer).error().Note("writing '" + url + "'"));
    auto put =
        session.store->Put(statement_.context(), url, bytes_, objects::PutCondition::kIfAbsent);
    if (!put) Raise(std::move(put).error().Note("writing '" + url + "'"));
    output_->AddFooter(path, *std::move(footer));
    session.written.Add(
        {.virtual_path = path, .url = url, .size_bytes = bytes_.size(), .partition = partition});
    bytes_.clear();
    bytes_.shrink_to_fit();
  }

 private:
  std::string Url(WriteSession& session, std::optional<std::int64_t>& partition) const {
    std::string url = session.data_folder + "/";
    const std::string key = std::string("/") + kPartitionColumn + "=";
    if (session.partitions != nullptr) {
      const std::size_t at = path.find(key);
      FIRN_CHECK_MSG(at != std::string::npos, path);
      partition = std::stoll(path.substr(at + key.size()));
      const std::string folder = session.partitions->PathOf(*partition);
      if (!folder.empty()) url += folder + "/";
    }
    const std::string number = std::to_string(session.file_count.fetch_add(1));
    url += session.file_prefix + "-" +
           std::string(5 - std::min<std::size_t>(5, number.size()), '0') + number + ".parquet";
    return url;
  }

  Statement& statement_;
  const std::shared_ptr<WriteOutput> output_;
  std::string bytes_;
  bool closed_ = false;
};

class ObjectFileSystem final : public duckdb::FileSystem {
 public:
  std::string GetName() const override { return "FirnObjects"; }
  bool CanHandleFile(const std::string& path) override {
    return IsObjectUrl(path) || path.starts_with(kWritePrefix);
  }
  bool SupportsOpenFileExtended() const override { return true; }

  duckdb::unique_ptr<duckdb::FileHandle> OpenFileExtended(
      const duckdb::OpenFileInfo& file, duckdb::FileOpenFlags flags,
      duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    Statement& statement = StatementOf(opener);
    if (flags.OpenForWriting()) {
      if (!file.path.starts_with(kWritePrefix) || statement.write == nullptr) {
        RaiseNotSupported("writing in place", file.path);
      }
      auto context = duckdb::FileOpener::TryGetClientContext(opener);
      return duckdb::make_uniq<WriteHandle>(*this, file.path, flags, statement,
                                            WriteOutput::Of(*context));
    }
    return OpenForRead(statement, file, flags);
  }

  void Read(duckdb::FileHandle& handle, void* buffer, int64_t length, duckdb::idx_t at) override {
    OkOrRaise(handle.Cast<ReadHandle>().ReadAt(static_cast<char*>(buffer),
                                               static_cast<std::uint64_t>(length), at));
  }
  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t length) override {
    auto& reader = handle.Cast<ReadHandle>();
    const std::uint64_t left = reader.size_bytes() - reader.position_bytes;
    const std::uint64_t count = std::min(left, static_cast<std::uint64_t>(length));
    OkOrRaise(reader.ReadAt(static_cast<char*>(buffer), count, reader.position_bytes));
    reader.position_bytes += count;
    return static_cast<int64_t>(count);
  }
  int64_t Write(duckdb::FileHandle& handle, void* buffer, int64_t length) override {
    handle.Cast<WriteHandle>().Append(static_cast<const char*>(buffer),
                                      static_cast<std::uint64_t>(length));
    return length;
  }
  void Write(duckdb::FileHandle& handle, void*, int64_t, duckdb::idx_t) override {
    RaiseNotSupported("writing at a place", handle.path);
  }
  void Truncate(duckdb::FileHandle& handle, int64_t) override {
    RaiseNotSupported("truncation", handle.path);
  }

  int64_t GetFileSize(duckdb::FileHandle& handle) override {
    return static_cast<int64_t>(dynamic_cast<PositionedHandle&>(handle).size_bytes());
  }
  // Objects of a table never change under their name, so time and tag of all are the same.
  duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle&) override {
    return duckdb::timestamp_t(0);
  }
  std::string GetVersionTag(duckdb::FileHandle&) override { return "immutable"; }
  duckdb::FileType GetFileType(duckdb::FileHandle&) override {
    return duckdb::FileType::FILE_TYPE_REGULAR;
  }
  void FileSync(duckdb::FileHandle&) override {}
  bool FileExists(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {
    return false;
  }
  bool DirectoryExists(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {
    return true;
  }
  void CreateDirectory(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {}
  // DuckDB cleans up what it wrote when a COPY fails; WriteSession knows the real names, and its
  // owner deletes them.
  void RemoveFile(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {}
  bool TryRemoveFile(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {
    return true;
  }
  bool ListFilesExtended(const std::string&, const std::function<void(duckdb::OpenFileInfo&)>&,
                         duckdb::optional_ptr<duckdb::FileOpener>) override {
    return false;
  }
  bool SupportsListFilesExtended() const override { return true; }
  duckdb::vector<duckdb::OpenFileInfo> Glob(const std::string& path, duckdb::FileOpener*) override {
    return {duckdb::OpenFileInfo(path)};
  }
  void Seek(duckdb::FileHandle& handle, duckdb::idx_t location) override {
    dynamic_cast<PositionedHandle&>(handle).position_bytes = location;
  }
  duckdb::idx_t SeekPosition(duckdb::FileHandle& handle) override {
    return dynamic_cast<PositionedHandle&>(handle).position_bytes;
  }
  bool CanSeek() override { return true; }
  bool OnDiskFile(duckdb::FileHandle&) override { return false; }

 private:
  duckdb::unique_ptr<duckdb::FileHandle> OpenForRead(Statement& statement,
                                                     const duckdb::OpenFileInfo& file,
                                                     duckdb::FileOpenFlags flags) {
    Statement::RegisteredFile known;
    const duckdb::Value* size = FindOption(file, kFileSizeOption);
    const duckdb::Value* index = FindOption(file, kStoreOption);
    if (size != nullptr && index != nullptr) {
      known = {.size_bytes = duckdb::UBigIntValue::Get(*size),
               .store_index = duckdb::UBigIntValue::Get(*index)};
    } else {
      const auto registered = statement.FindFile(file.path);
      if (!registered) RaiseNotSupported("opening by name", file.path);
      known = *registered;
    }
    auto store = statement.FindStore(known.store_index);
    if (store == nullptr) RaiseNotSupported("opening without a store", file.path);
    return duckdb::make_uniq<ReadHandle>(*this, file.path, flags, statement, std::move(store),
                                         known.size_bytes);
  }

  static const duckdb::Value* FindOption(const duckdb::OpenFileInfo& file, const char* key) {
    if (!file.extended_info) return nullptr;
    const auto found = file.extended_info->options.find(key);
    return found == file.extended_info->options.end() ? nullptr : &found->second;
  }
};

}  // namespace

duckdb::OpenFileInfo MakeOpenFileInfo(const std::string& url, std::uint64_t size_bytes,
                                      std::uint64_t store_index) {
  duckdb::OpenFileInfo file(url);
  file.extended_info = duckdb::make_shared_ptr<duckdb::ExtendedOpenFileInfo>();
  auto& options = file.extended_info->options;
  options[kFileSizeOption] = duckdb::Value::UBIGINT(size_bytes);
  options[kStoreOption] = duckdb::Value::UBIGINT(store_index);
  options["validate_external_file_cache"] = duckdb::Value::BOOLEAN(false);
  options["etag"] = duckdb::Value("immutable");
  options["last_modified"] = duckdb::Value::TIMESTAMP(duckdb::timestamp_t(0));
  return file;
}

void PlanReads(duckdb::FileHandle& handle, std::vector<GroupRanges> groups) {
  if (auto* reader = dynamic_cast<ReadHandle*>(&handle)) reader->Plan(std::move(groups));
}

duckdb::unique_ptr<duckdb::FileSystem> MakeObjectFileSystem() {
  return duckdb::make_uniq<ObjectFileSystem>();
}

}  // namespace firn::duck
