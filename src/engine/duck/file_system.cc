#include "engine/duck/errors_internal.h"
#include "engine/duck/file_reads_internal.h"
#include "engine/duck/file_system_internal.h"
#include "engine/duck/limits.h"
#include "engine/duck/parquet_copy_internal.h"
#include "engine/duck/statement_internal.h"
#include "lake/objects/object_upload.h"

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

/// An object being read; what it reads is shared with the scan's other handles (FileReads).
/// Thread-safe but for the position.
class ReadHandle final : public PositionedHandle {
 public:
  ReadHandle(duckdb::FileSystem& system, const std::string& url, duckdb::FileOpenFlags open_flags,
             std::shared_ptr<OpenFiles> open_files, OpenFiles::Key key,
             std::shared_ptr<FileReads> file_reads)
      : PositionedHandle(system, url, open_flags),
        open_files_(std::move(open_files)),
        key_(std::move(key)),
        reads_(std::move(file_reads)) {}
  ~ReadHandle() override { open_files_->Close(key_); }

  std::uint64_t size_bytes() const override { return reads_->size_bytes(); }
  FileReads& reads() { return *reads_; }

 private:
  // Constant after construction.
  const std::shared_ptr<OpenFiles> open_files_;
  const OpenFiles::Key key_;
  const std::shared_ptr<FileReads> reads_;
};

/// An object being written. Its rows are sent while they come, in parts when they are many; its
/// end, with the footer, waits for Close, which makes the object appear, or hands a small one to
/// the statement's FinishingUploads. Dropped without Close, nothing appears. Owned by one thread.
class WriteHandle final : public PositionedHandle {
 public:
  WriteHandle(duckdb::FileSystem& system, const std::string& name, duckdb::FileOpenFlags open_flags,
              Statement& statement, std::shared_ptr<WriteOutput> output)
      : PositionedHandle(system, name, open_flags),
        statement_(statement),
        store_(statement.write->store),
        output_(std::move(output)) {}

  std::uint64_t size_bytes() const override { return position_bytes; }

  void Append(const char* data, std::uint64_t length_bytes) {
    if (position_bytes + length_bytes > kDataFileBytesMax) {
      Raise(Error(ErrorCode::kResourceExhausted, "DataFileTooLarge",
                  "A data file grew over " + std::to_string(kDataFileBytesMax) + " bytes"));
    }
    position_bytes += length_bytes;
    if (end_.empty() && output_->IsInRows(path)) {
      Send({data, length_bytes});
    } else {
      end_.append(data, length_bytes);
    }
  }

  void Close() override {
    if (closed_) return;
    closed_ = true;
    const std::size_t end_bytes = end_.size();
    Status mapped = MapSchemaToIceberg(end_);
    if (!mapped) Raise(std::move(mapped).error().Note("writing '" + path + "'"));
    auto footer = ReadWrittenFooter(end_);
    if (!footer) Raise(std::move(footer).error().Note("writing '" + path + "'"));
    position_bytes -= end_bytes - end_.size();
    Send(end_);
    end_ = std::string();
    output_->AddFooter(path, *std::move(footer));
    const WrittenObjects::Entry entry{
        .virtual_path = path, .url = url_, .size_bytes = position_bytes, .partition = partition_};
    if (statement_.write->finishing.TryAdd(upload_, entry)) return;
    auto put = upload_->Finish();
    upload_.reset();
    if (!put) Raise(std::move(put).error().Note("writing '" + url_ + "'"));
    statement_.write->written.Add(entry);
  }

 private:
  void Send(std::string_view bytes) {
    if (upload_ == nullptr) {
      url_ = Url(*statement_.write, partition_);
      upload_ = objects::BeginUpload(statement_.context(), *store_, url_,
                                     objects::PutCondition::kIfAbsent);
    }
    Status sent = upload_->Append(bytes);
    if (!sent) Raise(std::move(sent).error().Note("writing '" + url_ + "'"));
  }

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

  // Constant after construction.
  Statement& statement_;
  const std::shared_ptr<objects::ObjectStore> store_;
  const std::shared_ptr<WriteOutput> output_;

  std::string url_;
  std::optional<std::int64_t> partition_;
  std::unique_ptr<objects::ObjectUpload> upload_;  // Null until the first bytes.
  std::string end_;
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
    OkOrRaise(handle.Cast<ReadHandle>().reads().ReadAt(
        at, {static_cast<char*>(buffer), static_cast<std::size_t>(length)}));
  }
  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t length) override {
    auto& reader = handle.Cast<ReadHandle>();
    const std::uint64_t left = reader.size_bytes() - reader.position_bytes;
    const std::uint64_t count = std::min(left, static_cast<std::uint64_t>(length));
    OkOrRaise(reader.reads().ReadAt(reader.position_bytes,
                                    {static_cast<char*>(buffer), static_cast<std::size_t>(count)}));
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
    OpenFiles::Key key{.statement = &statement, .scan = 0, .url = file.path};
    const duckdb::Value* size = FindOption(file, kFileSizeOption);
    const duckdb::Value* index = FindOption(file, kStoreOption);
    const duckdb::Value* scan = FindOption(file, kScanOption);
    if (size != nullptr && index != nullptr && scan != nullptr) {
      known = {.size_bytes = duckdb::UBigIntValue::Get(*size),
               .store_index = duckdb::UBigIntValue::Get(*index)};
      key.scan = duckdb::UBigIntValue::Get(*scan);
    } else {
      const auto registered = statement.FindFile(file.path);
      if (!registered) RaiseNotSupported("opening by name", file.path);
      known = *registered;
    }
    auto store = statement.FindStore(known.store_index);
    if (store == nullptr) RaiseNotSupported("opening without a store", file.path);
    auto reads = open_files_->Open(key, [&] {
      return std::make_shared<FileReads>(statement.context(), std::move(store), file.path,
                                         known.size_bytes, statement.read_ahead(),
                                         open_files_->budget(), statement.parts().readers);
    });
    return duckdb::make_uniq<ReadHandle>(*this, file.path, flags, open_files_, std::move(key),
                                         std::move(reads));
  }

  static const duckdb::Value* FindOption(const duckdb::OpenFileInfo& file, const char* key) {
    if (!file.extended_info) return nullptr;
    const auto found = file.extended_info->options.find(key);
    return found == file.extended_info->options.end() ? nullptr : &found->second;
  }

  // Shared with the handles, which may outlive this.
  const std::shared_ptr<OpenFiles> open_files_ = std::make_shared<OpenFiles>();
};

}  // namespace

duckdb::OpenFileInfo MakeOpenFileInfo(const std::string& url, std::uint64_t size_bytes,
                                      std::uint64_t store_index, std::uint64_t scan_number) {
  duckdb::OpenFileInfo file(url);
  file.extended_info = duckdb::make_shared_ptr<duckdb::ExtendedOpenFileInfo>();
  auto& options = file.extended_info->options;
  options[kFileSizeOption] = duckdb::Value::UBIGINT(size_bytes);
  options[kStoreOption] = duckdb::Value::UBIGINT(store_index);
  options[kScanOption] = duckdb::Value::UBIGINT(scan_number);
  options["validate_external_file_cache"] = duckdb::Value::BOOLEAN(false);
  options["etag"] = duckdb::Value("immutable");
  options["last_modified"] = duckdb::Value::TIMESTAMP(duckdb::timestamp_t(0));
  return file;
}

void PlanReads(duckdb::FileHandle& handle, ReadPlan plan) {
  if (auto* reader = dynamic_cast<ReadHandle*>(&handle)) reader->reads().Plan(std::move(plan));
}

duckdb::unique_ptr<duckdb::FileSystem> MakeObjectFileSystem() {
  return duckdb::make_uniq<ObjectFileSystem>();
}

}  // namespace firn::duck
