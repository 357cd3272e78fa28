#include "engine/catalog/write_journal.h"

#include "base/durable_file.h"
#include "base/encoding.h"
#include "base/json.h"
#include "engine/catalog/limits.h"
#include "lake/objects/object_upload.h"

namespace firn::catalog {
namespace {

constexpr const char* kFileName = "writes.journal";

std::optional<WriteState> ParseState(std::string_view text) {
  for (const WriteState state :
       {WriteState::kPlanned, WriteState::kSent, WriteState::kUnknown, WriteState::kRejected}) {
    if (WriteStateText(state) == text) return state;
  }
  return std::nullopt;
}

std::string Line(json::object object) { return PrintJson(std::move(object)) + "\n"; }

std::string BeginLine(const JournaledWrite& write) {
  return Line({{"e", "begin"},
               {"id", write.id},
               {"catalog", write.place.catalog},
               {"database", write.place.database},
               {"table", write.place.table},
               {"uuid", write.place.table_uuid},
               {"begun", write.begun_ms}});
}

std::string FileLine(const std::string& id, const std::string& url) {
  return Line({{"e", "file"}, {"id", id}, {"url", url}});
}

std::string SentLine(const std::string& id, const SentCommit& commit) {
  json::object object{
      {"e", "sent"}, {"id", id}, {"branch", commit.branch}, {"snapshot", commit.snapshot_id}};
  if (commit.base_snapshot_id) object["base"] = *commit.base_snapshot_id;
  return Line(std::move(object));
}

std::string StateLine(const std::string& id, WriteState state) {
  return Line({{"e", "state"}, {"id", id}, {"state", WriteStateText(state)}});
}

/// One line's meaning, applied to what is known.
Status Apply(const json::object& line, std::map<std::string, JournaledWrite>& writes) {
  FIRN_ASSIGN_OR_RETURN(const std::string event, GetString(line, "e"));
  FIRN_ASSIGN_OR_RETURN(const std::string id, GetString(line, "id"));
  if (event == "begin") {
    JournaledWrite write{.id = id};
    FIRN_ASSIGN_OR_RETURN(write.place.catalog, GetString(line, "catalog"));
    FIRN_ASSIGN_OR_RETURN(write.place.database, GetString(line, "database"));
    FIRN_ASSIGN_OR_RETURN(write.place.table, GetString(line, "table"));
    FIRN_ASSIGN_OR_RETURN(write.place.table_uuid, GetString(line, "uuid"));
    FIRN_ASSIGN_OR_RETURN(write.begun_ms, GetInt64(line, "begun"));
    writes[id] = std::move(write);
    return Ok();
  }
  if (event == "end") {
    writes.erase(id);
    return Ok();
  }
  const auto found = writes.find(id);
  if (found == writes.end()) return Ok();  // It has ended.
  JournaledWrite& write = found->second;
  if (event == "file" || event == "deleted") {
    FIRN_ASSIGN_OR_RETURN(std::string url, GetString(line, "url"));
    if (event == "file") {
      write.files.insert(std::move(url));
    } else {
      write.files.erase(url);
    }
    return Ok();
  }
  if (event == "sent") {
    SentCommit commit;
    FIRN_ASSIGN_OR_RETURN(commit.branch, GetString(line, "branch"));
    FIRN_ASSIGN_OR_RETURN(commit.snapshot_id, GetInt64(line, "snapshot"));
    FIRN_ASSIGN_OR_RETURN(commit.base_snapshot_id, FindInt64(line, "base"));
    write.sent = std::move(commit);
    write.state = WriteState::kSent;
    return Ok();
  }
  if (event == "state") {
    FIRN_ASSIGN_OR_RETURN(const std::string text, GetString(line, "state"));
    const auto state = ParseState(text);
    if (!state) return InvalidArgument("BadState", "no state is called " + text);
    write.state = *state;
    return Ok();
  }
  return InvalidArgument("BadEvent", "no event is called " + event);
}

}  // namespace

std::string_view WriteStateText(WriteState state) {
  switch (state) {
    case WriteState::kPlanned: return "PLANNED";
    case WriteState::kSent: return "SENT";
    case WriteState::kUnknown: return "UNKNOWN";
    case WriteState::kRejected: return "REJECTED";
  }
  return "UNKNOWN";
}

Result<std::shared_ptr<WriteJournal>> WriteJournal::Open(const std::filesystem::path& folder,
                                                         const Clock& clock, Random& random) {
  std::shared_ptr<WriteJournal> journal(new WriteJournal(folder, clock, random));
  FIRN_TRY(journal->Load());
  return journal;
}

Status WriteJournal::Load() {
  MutexLock lock(mutex_);
  const auto text = ReadWholeFile(folder_ / kFileName, kJournalReadBytesMax);
  if (!text && text.error().code() != ErrorCode::kNotFound) return text.error();
  std::string_view left = text ? std::string_view(*text) : std::string_view();
  for (std::size_t number = 1; !left.empty(); ++number) {
    const std::size_t end = left.find('\n');
    if (end == std::string_view::npos) break;  // Torn by the crash.
    const auto document = ParseJson(left.substr(0, end));
    left.remove_prefix(end + 1);
    Status applied = document ? Ok() : Status(document.error());
    if (applied && !document->is_object()) {
      applied = DataCorruption("BadJournal", "it is not an object");
    }
    if (applied) applied = Apply(document->get_object(), writes_);
    if (!applied) {
      return DataCorruption("BadJournal", "The journal of writes, " +
                                              (folder_ / kFileName).string() + ", line " +
                                              std::to_string(number) +
                                              ", cannot be read: " + applied.error().message());
    }
  }
  return Rewrite();
}

/// Leaves out what has ended.
Status WriteJournal::Rewrite() {
  std::string text;
  for (const auto& [id, write] : writes_) {
    text += BeginLine(write);
    for (const std::string& url : write.files) text += FileLine(id, url);
    if (write.sent) text += SentLine(id, *write.sent);
    text += StateLine(id, write.state);
  }
  FIRN_TRY(WriteFileDurably(folder_ / kFileName, text));
  FIRN_ASSIGN_OR_RETURN(file_, AppendFile::Open(folder_ / kFileName));
  file_bytes_ = text.size();
  return Ok();
}

Status WriteJournal::Append(const std::string& line) {
  if (file_ == nullptr || file_bytes_ > kJournalBytesMax) FIRN_TRY(Rewrite());
  Status appended = file_->Append(line);
  file_bytes_ += line.size();
  if (!appended) file_.reset();  // Its end is torn: the next record writes all anew.
  return appended;
}

std::shared_ptr<StatementWrites> WriteJournal::Begin(WritePlace place,
                                                     std::shared_ptr<objects::ObjectStore> store) {
  std::string id = NewUuidV7(random_, MillisSinceEpoch(clock_.Now()));
  return std::shared_ptr<StatementWrites>(
      new StatementWrites(shared_from_this(), std::move(id), std::move(place), std::move(store)));
}

std::vector<JournaledWrite> WriteJournal::List() const {
  MutexLock lock(mutex_);
  std::vector<JournaledWrite> writes;
  for (const auto& [id, write] : writes_) writes.push_back(write);
  return writes;
}

Status WriteJournal::RecordFile(const StatementWrites& writes, const std::string& url) {
  MutexLock lock(mutex_);
  auto found = writes_.find(writes.id());
  if (found == writes_.end()) {
    if (writes_.size() >= kJournaledWritesMax) {
      return ResourceExhausted("TooManyUnfinishedWrites",
                               "The journal of writes holds " + std::to_string(writes_.size()) +
                                   " unfinished ones; look at "
                                   "information_schema.firn_unfinished_writes");
    }
    JournaledWrite write{.id = writes.id(), .place = writes.place_};
    write.begun_ms = MillisSinceEpoch(clock_.Now());
    write.is_running = true;
    FIRN_TRY(Append(BeginLine(write)));
    found = writes_.emplace(write.id, std::move(write)).first;
  }
  FIRN_TRY(Append(FileLine(writes.id(), url)));
  found->second.files.insert(url);
  return Ok();
}

Status WriteJournal::RecordSent(std::span<const std::shared_ptr<StatementWrites>> writes,
                                const SentCommit& commit) {
  MutexLock lock(mutex_);
  std::string lines;
  for (const auto& write : writes) {
    if (write == nullptr) continue;
    const auto found = writes_.find(write->id());
    if (found == writes_.end()) continue;  // It has put nothing.
    found->second.sent = commit;
    found->second.state = WriteState::kSent;
    lines += SentLine(write->id(), commit);
  }
  if (lines.empty()) return Ok();
  FIRN_TRY(Append(lines));
  return file_->Sync();
}

Status WriteJournal::RecordState(const std::string& id, WriteState state) {
  MutexLock lock(mutex_);
  const auto found = writes_.find(id);
  if (found == writes_.end()) return Ok();
  found->second.state = state;
  return Append(StateLine(id, state));
}

Status WriteJournal::RecordDeleted(const std::string& id, const std::string& url) {
  MutexLock lock(mutex_);
  const auto found = writes_.find(id);
  if (found == writes_.end() || found->second.files.erase(url) == 0) return Ok();
  return Append(Line({{"e", "deleted"}, {"id", id}, {"url", url}}));
}

Status WriteJournal::RecordEnd(const std::string& id) {
  MutexLock lock(mutex_);
  if (writes_.erase(id) == 0) return Ok();
  return Append(Line({{"e", "end"}, {"id", id}}));
}

void WriteJournal::SetNote(const std::string& id, std::string note) {
  MutexLock lock(mutex_);
  if (const auto found = writes_.find(id); found != writes_.end()) {
    found->second.note = std::move(note);
  }
}

bool WriteJournal::HasFile(const std::string& id, const std::string& url) const {
  MutexLock lock(mutex_);
  const auto found = writes_.find(id);
  return found != writes_.end() && found->second.files.contains(url);
}

void WriteJournal::Leave(const std::string& id) {
  bool has_ended = false;
  {
    MutexLock lock(mutex_);
    const auto found = writes_.find(id);
    if (found == writes_.end()) return;
    JournaledWrite& write = found->second;
    write.is_running = false;
    has_ended = write.files.empty() &&
                (write.state == WriteState::kPlanned || write.state == WriteState::kRejected);
  }
  // A record that cannot be written leaves more to look at after a restart, never less.
  if (has_ended) static_cast<void>(RecordEnd(id));
}

/// Puts what its statement's journal knows of.
class JournaledStore final : public objects::ObjectStore, public objects::UploadingStore {
 public:
  explicit JournaledStore(std::shared_ptr<StatementWrites> writes) : writes_(std::move(writes)) {}

  Result<std::string> Read(const Context& context, const std::string& url,
                           objects::ByteRange range) override {
    return writes_->store_->Read(context, url, range);
  }
  Result<std::string> ReadAll(const Context& context, const std::string& url,
                              std::size_t bytes_max) override {
    return writes_->store_->ReadAll(context, url, bytes_max);
  }
  Status ReadRanges(const Context& context, const std::string& url,
                    std::span<const objects::ByteRange> ranges,
                    std::span<const std::span<char>> buffers) override {
    return writes_->store_->ReadRanges(context, url, ranges, buffers);
  }
  Status ReadObjects(const Context& context, std::span<const objects::WholeRead> reads,
                     std::size_t in_flight_max, const objects::TakeObject& take) override {
    return writes_->store_->ReadObjects(context, reads, in_flight_max, take);
  }
  Result<objects::ObjectInfo> Stat(const Context& context, const std::string& url) override {
    return writes_->store_->Stat(context, url);
  }
  Result<objects::ObjectInfo> Put(const Context& context, const std::string& url,
                                  std::string_view bytes,
                                  objects::PutCondition condition) override {
    FIRN_TRY(writes_->journal_->RecordFile(*writes_, url));
    return writes_->store_->Put(context, url, bytes, condition);
  }
  void PutAsync(const Context& context, const std::string& url,
                std::shared_ptr<const std::string> bytes, objects::PutCondition condition,
                std::function<void(Result<objects::ObjectInfo>)> done) override {
    if (Status recorded = writes_->journal_->RecordFile(*writes_, url); !recorded) {
      done(std::move(recorded).error());
      return;
    }
    writes_->store_->PutAsync(context, url, std::move(bytes), condition, std::move(done));
  }
  std::unique_ptr<objects::ObjectUpload> BeginUpload(const Context& context, const std::string& url,
                                                     objects::PutCondition condition) override {
    if (Status recorded = writes_->journal_->RecordFile(*writes_, url); !recorded) {
      return std::make_unique<objects::RefusedUpload>(std::move(recorded).error());
    }
    return objects::BeginUpload(context, *writes_->store_, url, condition);
  }
  Status AbortUploads(const Context& context, const std::string& url) override {
    return objects::AbortUploads(context, *writes_->store_, url);
  }
  Status Delete(const Context& context, const std::string& url) override {
    FIRN_TRY(writes_->store_->Delete(context, url));
    return writes_->journal_->RecordDeleted(writes_->id(), url);
  }
  Result<std::vector<objects::ListedObject>> List(const Context& context,
                                                  const std::string& url_prefix) override {
    return writes_->store_->List(context, url_prefix);
  }

 private:
  const std::shared_ptr<StatementWrites> writes_;
};

std::shared_ptr<objects::ObjectStore> StatementWrites::store() {
  return std::make_shared<JournaledStore>(shared_from_this());
}

Status StatementWrites::RecordSent(std::span<const std::shared_ptr<StatementWrites>> writes,
                                   const SentCommit& commit) {
  for (const auto& write : writes) {
    if (write != nullptr) return write->journal_->RecordSent(writes, commit);
  }
  return Ok();
}

StatementWrites::~StatementWrites() { journal_->Leave(id_); }

// A record that cannot be written leaves more to look up after a restart, never less: the commit
// itself is the table's, not the journal's.
void StatementWrites::Committed() { static_cast<void>(journal_->RecordEnd(id_)); }
void StatementWrites::Rejected() {
  static_cast<void>(journal_->RecordState(id_, WriteState::kRejected));
}
void StatementWrites::Unknown() {
  static_cast<void>(journal_->RecordState(id_, WriteState::kUnknown));
}

}  // namespace firn::catalog
