#include "lake/s3/s3_store.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/mutex.h"
#include "base/thread_pool.h"
#include "lake/objects/store_contract_testing.h"
#include "lake/s3/limits.h"
#include "wire/http/server.h"
#include "wire/sigv4/authorization.h"

namespace firn::s3store {
namespace {

using firn::testing::HasValue;
using firn::testing::IsError;
using objects::ObjectStore;
using objects::PutCondition;
using objects::testing::PatternBytes;
using ::testing::HasSubstr;
using ::testing::Not;

const Credentials kFirst{AccessKeyId("ASIAFIRST00000000000"), Secret("first-secret-key"), Secret("first-token")};
const Credentials kSecond{AccessKeyId("ASIASECOND0000000000"), Secret("second-secret-key"), Secret("second-token")};

/// A small S3: verifies every signature, keeps objects in memory, misbehaves when told.
class FakeS3 final : public http::Handler {
 public:
  enum class Fault {
    kSlowDown,        ///< 503 before anything happens.
    kLostAnswer,      ///< Applied, then 500.
    kDenied,
    kEcho,            ///< 403 whose message repeats the caller's token.
    kWrongRange,
    kNoRange,         ///< 200 with the whole object.
    kErrorIn200,      ///< CompleteMultipartUpload failing late.
  };

  http::Response Handle(const Context&, const http::RequestHead& head, http::BodyReader& body) override;

  void FailNext(std::string method, std::string part, int count, Fault fault) {
    const MutexLock lock(mutex_);
    faults_.push_back({std::move(method), std::move(part), count, fault});
  }
  /// Which credentials are good from now on; others get ExpiredToken.
  void Accept(const Credentials& credentials) {
    const MutexLock lock(mutex_);
    accepted_ = credentials;
  }
  std::map<std::string, int> methods() const {
    const MutexLock lock(mutex_);
    return methods_;
  }
  std::size_t upload_count() const {
    const MutexLock lock(mutex_);
    return uploads_.size();
  }

 private:
  struct Armed {
    std::string method, part;
    int count;
    Fault fault;
  };

  static http::Response Xml(int status, std::string text) {
    http::Response response;
    response.status = status;
    response.headers.Add("Content-Type", "application/xml");
    response.body = std::move(text);
    return response;
  }
  static http::Response Fail(int status, const std::string& code, const std::string& message) {
    return Xml(status, "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>");
  }
  static std::string EtagOf(const std::string& bytes) { return "\"" + HexEncode(AsBytes(Md5(bytes))) + "\""; }

  std::optional<http::Response> Refuse(const http::RequestHead& head, const std::string& text);
  std::optional<Fault> TakeFault(const http::RequestHead& head);
  http::Response Get(const http::RequestHead& head, const std::string& bytes, std::optional<Fault> fault);
  http::Response Put(const http::RequestHead& head, const std::string& name, const std::string& bytes);
  http::Response List(const std::string& bucket, const std::vector<http::QueryParameter>& query);
  /// Of every key alike.
  http::Response ListUploads();
  http::Response Multipart(const http::RequestHead& head, const std::string& name, const std::string& text,
                           const std::vector<http::QueryParameter>& query, std::optional<Fault> fault);
  http::Response Route(const http::RequestHead& head, const std::string& text, std::optional<Fault> fault);

  mutable Mutex mutex_;
  Credentials accepted_ FIRN_GUARDED_BY(mutex_) = kFirst;
  std::vector<Armed> faults_ FIRN_GUARDED_BY(mutex_);
  std::map<std::string, int> methods_ FIRN_GUARDED_BY(mutex_);
  std::map<std::string, std::string> objects_;  // "bucket/key" to bytes; only used inside Handle's lock.
  std::map<std::string, std::string> etags_;
  std::map<std::string, std::map<int, std::string>> uploads_;
  std::map<std::string, std::string> upload_keys_;
  int upload_number_ = 0;
};

http::Response FakeS3::Handle(const Context&, const http::RequestHead& head, http::BodyReader& body) {
  const std::string text = body.ReadAll(64UL << 20).value_or("");
  const MutexLock lock(mutex_);
  ++methods_[head.method];
  const auto fault = TakeFault(head);
  if (fault == Fault::kSlowDown) return Fail(503, "SlowDown", "Please reduce your request rate.");
  if (fault == Fault::kDenied) return Fail(403, "AccessDenied", "User: arn:aws:iam::1:user/u is not authorized");
  if (fault == Fault::kEcho) {
    return Fail(403, "AccessDenied", "bad token " + std::string(head.headers.Find("x-amz-security-token").value_or("")));
  }
  if (auto refusal = Refuse(head, text)) return std::move(*refusal);
  http::Response response = Route(head, text, fault);
  return fault == Fault::kLostAnswer ? Fail(500, "InternalError", "try again") : response;
}

/// What is wrong with the signature, if anything.
std::optional<http::Response> FakeS3::Refuse(const http::RequestHead& head, const std::string& text) {
  const auto authorization = sigv4::ParseAuthorization(head);
  if (!authorization) return Fail(400, authorization.error().reason(), authorization.error().message());
  if (!(authorization->session_token == accepted_.session_token)) {
    return Fail(403, "ExpiredToken", "The provided token has expired.");
  }
  const bool sound =
      sigv4::CheckSignedHeaders(*authorization, head) && authorization->content_sha256 == Sha256Hex(text) &&
      authorization->scope.service == "s3" &&
      sigv4::CheckSignature(*authorization, head, sigv4::PathEncoding::kOnce, authorization->content_sha256,
                            accepted_.secret_key);
  if (!sound) return Fail(403, "SignatureDoesNotMatch", "The signature does not match.");
  return std::nullopt;
}

std::optional<FakeS3::Fault> FakeS3::TakeFault(const http::RequestHead& head) {
  for (Armed& armed : faults_) {
    if (armed.count == 0 || armed.method != head.method || head.target.find(armed.part) == std::string::npos) continue;
    --armed.count;
    return armed.fault;
  }
  return std::nullopt;
}

http::Response FakeS3::Route(const http::RequestHead& head, const std::string& text, std::optional<Fault> fault) {
  const auto query = http::ParseQuery(head.raw_query()).value();
  const std::string name = PercentDecode(head.raw_path().substr(1)).value();
  if (name.find('/') == std::string::npos) {
    return http::FindParameter(query, "uploads") ? ListUploads() : List(name, query);
  }
  if (http::FindParameter(query, "uploads") || http::FindParameter(query, "uploadId")) {
    return Multipart(head, name, text, query, fault);
  }
  if (head.method == "PUT") return Put(head, name, text);
  if (head.method == "DELETE") {
    objects_.erase(name);
    return Xml(204, "");
  }
  const auto found = objects_.find(name);
  if (found == objects_.end()) return Fail(404, "NoSuchKey", "The specified key does not exist.");
  http::Response response = Get(head, found->second, fault);
  response.headers.Add("ETag", etags_[name]);
  return response;
}

http::Response FakeS3::Get(const http::RequestHead& head, const std::string& bytes, std::optional<Fault> fault) {
  const std::string_view range = head.headers.Find("range").value_or("");
  if (range.empty() || fault == Fault::kNoRange) return Xml(200, bytes);
  std::size_t first = 0, last = 0;
  EXPECT_EQ(std::sscanf(std::string(range).c_str(), "bytes=%zu-%zu", &first, &last), 2);
  if (first >= bytes.size()) return Fail(416, "InvalidRange", "The requested range is not satisfiable");
  last = std::min(last, bytes.size() - 1);
  http::Response response = Xml(206, bytes.substr(first, last - first + 1));
  if (fault == Fault::kWrongRange) ++first;
  response.headers.Add("Content-Range", fmt::format("bytes {}-{}/{}", first, last, bytes.size()));
  return response;
}

http::Response FakeS3::Put(const http::RequestHead& head, const std::string& name, const std::string& bytes) {
  if (head.headers.Find("if-none-match") == "*" && objects_.contains(name)) {
    return Fail(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  }
  objects_[name] = bytes;
  etags_[name] = EtagOf(bytes);
  http::Response response;
  response.headers.Add("ETag", etags_[name]);
  return response;
}

http::Response FakeS3::List(const std::string& bucket, const std::vector<http::QueryParameter>& query) {
  const std::string prefix = bucket + "/" + std::string(http::FindParameter(query, "prefix").value_or(""));
  auto at = objects_.lower_bound(prefix);
  if (const auto token = http::FindParameter(query, "continuation-token")) at = objects_.upper_bound(HexDecode(*token).value());
  std::string xml = "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><EncodingType>url</EncodingType>";
  std::string last;
  for (int count = 0; at != objects_.end() && at->first.starts_with(prefix) && count < 3; ++at, ++count) {
    std::string key = PercentEncode(at->first.substr(bucket.size() + 1), true);
    for (std::size_t i = key.find("%20"); i != std::string::npos; i = key.find("%20")) key.replace(i, 3, "+");
    xml += fmt::format("<Contents><Key>{}</Key><LastModified>2026-11-24T06:00:00.000Z</LastModified><Size>{}</Size></Contents>",
                       key, at->second.size());
    last = at->first;
  }
  const bool more = at != objects_.end() && at->first.starts_with(prefix);
  if (more) xml += "<NextContinuationToken>" + HexEncode(AsBytes(last)) + "</NextContinuationToken>";
  return Xml(200, xml + fmt::format("<IsTruncated>{}</IsTruncated></ListBucketResult>", more));
}

http::Response FakeS3::ListUploads() {
  std::string xml = "<ListMultipartUploadsResult>";
  for (const auto& [id, parts] : uploads_) {
    xml += "<Upload><Key>" + upload_keys_[id] + "</Key><UploadId>" + id + "</UploadId></Upload>";
  }
  return Xml(200, xml + "</ListMultipartUploadsResult>");
}

http::Response FakeS3::Multipart(const http::RequestHead& head, const std::string& name, const std::string& text,
                                 const std::vector<http::QueryParameter>& query, std::optional<Fault> fault) {
  if (http::FindParameter(query, "uploads")) {
    const std::string id = fmt::format("up+load/{}", upload_number_++);
    uploads_[id];
    upload_keys_[id] = name.substr(name.find('/') + 1);
    return Xml(200, "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>");
  }
  const std::string id(http::FindParameter(query, "uploadId").value());
  const auto upload = uploads_.find(id);
  if (upload == uploads_.end()) return Fail(404, "NoSuchUpload", "gone");
  if (head.method == "DELETE") {
    uploads_.erase(upload);
    return Xml(204, "");
  }
  http::Response response;
  if (head.method == "PUT") {
    upload->second[std::stoi(std::string(http::FindParameter(query, "partNumber").value()))] = text;
    response.headers.Add("ETag", EtagOf(text));
    return response;
  }
  if (fault == Fault::kErrorIn200) return Fail(200, "InternalError", "late");
  std::string bytes, digests;
  for (const auto& [number, part] : upload->second) {
    EXPECT_THAT(text, HasSubstr(fmt::format("<PartNumber>{}</PartNumber><ETag>{}</ETag>", number, EtagOf(part))));
    bytes += part;
    digests += Md5(part);
  }
  const std::string etag = fmt::format("\"{}-{}\"", HexEncode(AsBytes(Md5(digests))), upload->second.size());
  const http::Response put = Put(head, name, bytes);
  if (put.status != 200) return put;
  etags_[name] = etag;
  uploads_.erase(upload);
  return Xml(200, "<CompleteMultipartUploadResult><ETag>" + etag + "</ETag></CompleteMultipartUploadResult>");
}

class S3StoreTest : public ::testing::Test {
 protected:
  S3StoreTest() {
    http::ServerOptions options;
    options.worker_count = 4;
    server_ = *http::Server::Start(options, fake_);
    client_ = *http::MakeCurlClient({});
    store_ = MakeStore(fmt::format("http://127.0.0.1:{}", server_->port()));
  }

  std::shared_ptr<ObjectStore> MakeStore(const std::string& endpoint) {
    S3Options options{endpoint, "us-east-1", true, 4};
    auto store = MakeS3Store(
        options,
        [this](const Context&) -> Result<Credentials> {
          ++asked_;
          const MutexLock lock(mutex_);
          return credentials_;
        },
        client_, SystemClock(), *random_);
    EXPECT_TRUE(store.has_value());
    return *store;
  }

  FakeS3 fake_;
  std::unique_ptr<http::Server> server_;
  std::shared_ptr<http::Client> client_;
  std::unique_ptr<Random> random_ = SeededRandom(7);
  std::atomic<int> asked_ = 0;
  Mutex mutex_;
  Credentials credentials_ FIRN_GUARDED_BY(mutex_) = kFirst;
  std::shared_ptr<ObjectStore> store_;
  Context context_{"test"};
  ManualClock still_{WallTime(std::chrono::hours(24 * 365 * 56))};
  Context patient_{"test", still_};  // Its waits take no time.
};

TEST_F(S3StoreTest, KeepsTheContract) { objects::testing::CheckStoreContract(context_, *store_, "s3://bucket/folder/"); }

TEST_F(S3StoreTest, TriesAgainWhatPasses) {
  ASSERT_THAT(store_->Put(context_, "s3://b/k", "bytes", PutCondition::kAlways), HasValue());
  fake_.FailNext("GET", "/b/k", 3, FakeS3::Fault::kSlowDown);
  EXPECT_EQ(store_->ReadAll(patient_, "s3://b/k", 10).value(), "bytes");
  EXPECT_EQ(fake_.methods()["GET"], 4);
  fake_.FailNext("GET", "/b/k", 100, FakeS3::Fault::kSlowDown);
  const auto spent = store_->ReadAll(patient_, "s3://b/k", 10);
  ASSERT_THAT(spent, IsError(ErrorCode::kUnavailable, "SlowDown"));
  EXPECT_THAT(spent.error().FullMessage(), HasSubstr("given up after 8 tries"));
  EXPECT_EQ(fake_.methods()["GET"], 12);
}

TEST_F(S3StoreTest, DoesNotTryAgainWhatLasts) {
  fake_.FailNext("GET", "/b/k", 1, FakeS3::Fault::kDenied);
  const auto denied = store_->ReadAll(context_, "s3://b/k", 10);
  ASSERT_THAT(denied, IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
  EXPECT_THAT(denied.error().message(), HasSubstr("GET s3://b/k"));
  EXPECT_THAT(denied.error().message(), HasSubstr("arn:aws:iam::1:user/u is not authorized"));
  EXPECT_EQ(fake_.methods()["GET"], 1);
}

TEST_F(S3StoreTest, NeverRepeatsASecretThatTheServerEchoes) {
  fake_.FailNext("GET", "/b/k", 1, FakeS3::Fault::kEcho);
  const auto denied = store_->ReadAll(context_, "s3://b/k", 10);
  ASSERT_FALSE(denied.has_value());
  EXPECT_THAT(denied.error().ToString(), Not(HasSubstr("first-token")));
  EXPECT_THAT(denied.error().ToString(), HasSubstr("bad token ******"));
}

TEST_F(S3StoreTest, AsksForNewCredentialsWhenTheTokenHasExpired) {
  ASSERT_THAT(store_->Put(context_, "s3://b/k", "bytes", PutCondition::kAlways), HasValue());
  fake_.Accept(kSecond);
  EXPECT_THAT(store_->ReadAll(context_, "s3://b/k", 10), IsError(ErrorCode::kUnauthenticated, "ExpiredToken"));
  // The source learns of new ones between the first try and the second.
  int calls = 0;
  const auto store = *MakeS3Store({fmt::format("http://127.0.0.1:{}", server_->port()), "us-east-1", true, 1},
                                  [&calls](const Context&) -> Result<Credentials> { return ++calls == 1 ? kFirst : kSecond; },
                                  client_, SystemClock(), *random_);
  EXPECT_EQ(store->ReadAll(context_, "s3://b/k", 10).value(), "bytes");
  EXPECT_EQ(calls, 2);
  calls = 0;
  EXPECT_EQ(store->Stat(context_, "s3://b/k").value().size_bytes, 5U);  // HEAD has no body to say why.
  // A source that keeps what it has gives others once it is told.
  Credentials kept = kFirst;
  std::vector<std::string> refused;
  const auto told = *MakeS3Store({fmt::format("http://127.0.0.1:{}", server_->port()), "us-east-1", true, 1},
                                 CredentialsSource([&](const Context&) -> Result<Credentials> { return kept; },
                                                   [&](const Credentials& old) {
                                                     refused.emplace_back(old.session_token.Reveal());
                                                     kept = kSecond;
                                                   }),
                                 client_, SystemClock(), *random_);
  EXPECT_EQ(told->ReadAll(context_, "s3://b/k", 10).value(), "bytes");
  EXPECT_EQ(refused, std::vector<std::string>{std::string(kFirst.session_token.Reveal())});
}

TEST_F(S3StoreTest, ReadsLongRangesInPieces) {
  const std::string bytes = PatternBytes(40UL << 20);
  ASSERT_THAT(store_->Put(context_, "s3://b/big", bytes, PutCondition::kAlways), HasValue());
  const int before = fake_.methods()["GET"];
  fake_.FailNext("GET", "/b/big", 2, FakeS3::Fault::kSlowDown);
  EXPECT_TRUE(store_->Read(context_, "s3://b/big", {1, bytes.size() - 1}).value() == bytes.substr(1));
  EXPECT_EQ(fake_.methods()["GET"] - before, 4 + 2);
}

TEST_F(S3StoreTest, CatchesAWrongRangeAndTakesAWholeObject) {
  ASSERT_THAT(store_->Put(context_, "s3://b/k", "0123456789", PutCondition::kAlways), HasValue());
  fake_.FailNext("GET", "/b/k", 1, FakeS3::Fault::kWrongRange);
  EXPECT_THAT(store_->Read(context_, "s3://b/k", {2, 3}), IsError(ErrorCode::kDataCorruption, "WrongRange"));
  fake_.FailNext("GET", "/b/k", 1, FakeS3::Fault::kNoRange);
  EXPECT_EQ(store_->Read(context_, "s3://b/k", {2, 3}).value(), "234");
}

TEST_F(S3StoreTest, UploadsLargeObjectsInParts) {
  const std::string bytes = PatternBytes((40UL << 20) + 3);
  fake_.FailNext("PUT", "partNumber=3", 1, FakeS3::Fault::kSlowDown);
  ASSERT_OK_AND_ASSIGN(const auto info, store_->Put(context_, "s3://b/a%20 b", bytes, PutCondition::kIfAbsent));
  EXPECT_EQ(info.size_bytes, bytes.size());
  EXPECT_TRUE(info.etag.ends_with("-6\""));
  EXPECT_EQ(store_->Stat(context_, "s3://b/a%20 b").value(), info);
  EXPECT_TRUE(store_->ReadAll(context_, "s3://b/a%20 b", bytes.size()).value() == bytes);
  EXPECT_THAT(store_->Put(context_, "s3://b/a%20 b", bytes, PutCondition::kIfAbsent), IsError(ErrorCode::kConflict, "ObjectExists"));
  EXPECT_EQ(fake_.upload_count(), 0U) << "what could not be completed is aborted";
}

TEST_F(S3StoreTest, AbortsAnUploadThatFails) {
  const std::string bytes = PatternBytes(17UL << 20);
  fake_.FailNext("PUT", "partNumber=2", 1, FakeS3::Fault::kDenied);
  EXPECT_THAT(store_->Put(context_, "s3://b/k", bytes, PutCondition::kAlways), IsError(ErrorCode::kPermissionDenied));
  EXPECT_EQ(fake_.upload_count(), 0U);
  fake_.FailNext("POST", "uploadId", 1, FakeS3::Fault::kErrorIn200);
  EXPECT_THAT(store_->Put(context_, "s3://b/k", bytes, PutCondition::kAlways), IsError(ErrorCode::kUnavailable, "UploadFailed"));
}

std::unique_ptr<objects::ObjectUpload> Begin(const Context& context, ObjectStore& store, const std::string& url) {
  return objects::BeginUpload(context, store, url, PutCondition::kIfAbsent);
}

TEST_F(S3StoreTest, AnUploadWithinOnePartIsOnePut) {
  for (const std::size_t size : {0UL, 100UL, 8UL << 20}) {
    const auto before = fake_.methods();
    const auto upload = Begin(context_, *store_, "s3://b/small" + std::to_string(size));
    ASSERT_THAT(upload->Append(PatternBytes(size / 2)), HasValue());
    ASSERT_THAT(upload->Append(PatternBytes(size - size / 2)), HasValue());
    EXPECT_EQ(fake_.methods(), before) << "nothing is sent before it is known to be more";
    ASSERT_THAT(upload->Finish(), HasValue());
    auto after = fake_.methods();
    EXPECT_EQ(after["PUT"] - (before.contains("PUT") ? before.at("PUT") : 0), 1);
    EXPECT_EQ(after["POST"], 0);
  }
}

TEST_F(S3StoreTest, PartsOfAnUploadGoWhileItGrows) {
  const std::string part = PatternBytes(8UL << 20);
  fake_.FailNext("PUT", "partNumber=2", 1, FakeS3::Fault::kSlowDown);
  const auto upload = Begin(context_, *store_, "s3://b/large");
  for (int i = 0; i < 4; ++i) ASSERT_THAT(upload->Append(part), HasValue());
  for (int i = 0; i < 500 && fake_.methods()["PUT"] < 4; ++i) ::usleep(10'000);
  EXPECT_EQ(fake_.methods()["PUT"], 4) << "three parts, one of them twice; the last waits for more";
  ASSERT_OK_AND_ASSIGN(const auto info, upload->Finish());
  EXPECT_EQ(info.size_bytes, 4 * part.size());
  EXPECT_EQ(fake_.methods()["POST"], 2);
  EXPECT_EQ(fake_.methods()["PUT"], 5);
  EXPECT_TRUE(store_->ReadAll(context_, "s3://b/large", 64UL << 20).value() == part + part + part + part);
}

TEST_F(S3StoreTest, AStreamedUploadThatFailsIsAborted) {
  const std::string part = PatternBytes(8UL << 20);
  fake_.FailNext("PUT", "partNumber=2", 1, FakeS3::Fault::kDenied);
  {
    const auto upload = Begin(context_, *store_, "s3://b/k");
    Status sent = Ok();
    for (int i = 0; sent && i < 100; ++i) sent = upload->Append(part);
    if (sent) sent = upload->Finish().has_value() ? Ok() : Status(PermissionDenied("AccessDenied", ""));
    EXPECT_THAT(sent, IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
  }
  EXPECT_EQ(fake_.upload_count(), 0U);
  fake_.FailNext("POST", "uploads", 1, FakeS3::Fault::kDenied);
  {
    const auto upload = Begin(context_, *store_, "s3://b/k");
    EXPECT_THAT(upload->Append(part + "x"), IsError(ErrorCode::kPermissionDenied, "AccessDenied"));
  }
  fake_.FailNext("POST", "uploadId", 1, FakeS3::Fault::kErrorIn200);
  {
    const auto upload = Begin(context_, *store_, "s3://b/k");
    ASSERT_THAT(upload->Append(part + "x"), HasValue());
    EXPECT_THAT(upload->Finish(), IsError(ErrorCode::kUnavailable, "UploadFailed"));
  }
  std::stop_source stop;
  {
    const auto upload = Begin(context_.WithStopToken(stop.get_token()), *store_, "s3://b/k");
    ASSERT_THAT(upload->Append(part + "x"), HasValue());
    stop.request_stop();
    EXPECT_THAT(upload->Finish(), IsError(ErrorCode::kCancelled));
  }
  EXPECT_EQ(fake_.upload_count(), 0U) << "a cancelled statement's, too";
  EXPECT_THAT(store_->Stat(context_, "s3://b/k"), IsError(ErrorCode::kNotFound, "NoSuchKey"));
  // Somebody else's object in its place: refused, and nothing is left.
  ASSERT_THAT(store_->Put(context_, "s3://b/other", "theirs", PutCondition::kAlways), HasValue());
  {
    const auto upload = Begin(context_, *store_, "s3://b/other");
    ASSERT_THAT(upload->Append(part + "x"), HasValue());
    EXPECT_THAT(upload->Finish(), IsError(ErrorCode::kConflict, "ObjectExists"));
  }
  EXPECT_EQ(fake_.upload_count(), 0U);
}

TEST_F(S3StoreTest, AbortsWhatACrashLeft) {
  const std::string part = PatternBytes(8UL << 20);
  std::vector<std::unique_ptr<objects::ObjectUpload>> left;
  for (const char* url : {"s3://b/k", "s3://b/k", "s3://b/k2"}) {
    left.push_back(Begin(context_, *store_, url));
    ASSERT_THAT(left.back()->Append(part + "x"), HasValue());
  }
  EXPECT_EQ(fake_.upload_count(), 3U);
  EXPECT_THAT(objects::AbortUploads(context_, *store_, "s3://b/k"), HasValue());
  EXPECT_EQ(fake_.upload_count(), 1U) << "another object's goes on";
  EXPECT_THAT(left[2]->Finish(), HasValue());
  EXPECT_FALSE(left[0]->Finish().has_value());
  EXPECT_THAT(objects::AbortUploads(context_, *store_, "s3://b/none"), HasValue());
}

TEST_F(S3StoreTest, ManyUploadsShareTheRoomForParts) {
  const std::string part = PatternBytes(8UL << 20);
  std::vector<std::unique_ptr<objects::ObjectUpload>> uploads;
  for (int i = 0; i < 20; ++i) uploads.push_back(Begin(context_, *store_, fmt::format("s3://b/many{}", i)));
  // More parts than there is room for: those that wait go on as others end.
  for (const auto& upload : uploads) ASSERT_THAT(upload->Append(part + "x"), HasValue());
  EXPECT_GT(fake_.upload_count(), kStreamedPartsMax);
  for (const auto& upload : uploads) ASSERT_THAT(upload->Finish(), HasValue());
  EXPECT_EQ(store_->List(context_, "s3://b/many").value().size(), 20U);
}

TEST_F(S3StoreTest, KnowsItsOwnObjectAfterALostAnswer) {
  fake_.FailNext("PUT", "/b/small", 1, FakeS3::Fault::kLostAnswer);
  ASSERT_OK_AND_ASSIGN(const auto small, store_->Put(context_, "s3://b/small", "mine", PutCondition::kIfAbsent));
  EXPECT_EQ(store_->Stat(context_, "s3://b/small").value(), small);
  const std::string bytes = PatternBytes(17UL << 20);
  fake_.FailNext("POST", "uploadId", 1, FakeS3::Fault::kLostAnswer);
  ASSERT_OK_AND_ASSIGN(const auto large, store_->Put(context_, "s3://b/large", bytes, PutCondition::kIfAbsent));
  EXPECT_EQ(store_->Stat(context_, "s3://b/large").value(), large);
  fake_.FailNext("POST", "uploadId", 1, FakeS3::Fault::kLostAnswer);
  const auto upload = Begin(context_, *store_, "s3://b/streamed");
  ASSERT_THAT(upload->Append(bytes), HasValue());
  ASSERT_OK_AND_ASSIGN(const auto streamed, upload->Finish());
  EXPECT_EQ(store_->Stat(context_, "s3://b/streamed").value(), streamed);
  // Somebody else's stays somebody else's.
  ASSERT_THAT(store_->Put(context_, "s3://b/other", "theirs", PutCondition::kAlways), HasValue());
  fake_.FailNext("PUT", "/b/other", 1, FakeS3::Fault::kLostAnswer);
  EXPECT_THAT(store_->Put(context_, "s3://b/other", "mine", PutCondition::kIfAbsent), IsError(ErrorCode::kConflict, "ObjectExists"));
}

TEST_F(S3StoreTest, StopsWhenItsContextDoes) {
  fake_.FailNext("GET", "/b/k", 1000, FakeS3::Fault::kSlowDown);
  EXPECT_THAT(store_->ReadAll(context_.WithTimeout(std::chrono::milliseconds(30)), "s3://b/k", 10),
              IsError(ErrorCode::kDeadlineExceeded));
}

TEST_F(S3StoreTest, TriesAgainWhenTheServerIsNotThere) {
  const auto store = MakeStore("http://127.0.0.1:1");
  const auto result = store->Stat(patient_, "s3://b/k");
  ASSERT_THAT(result, IsError(ErrorCode::kUnavailable, "ConnectFailed"));
  EXPECT_THAT(result.error().FullMessage(), HasSubstr("HEAD s3://b/k"));
}

TEST_F(S3StoreTest, RefusesBadEndpoints) {
  for (const char* endpoint : {"ftp://h", "http://", "http://h/?q", "http://u:p@h"}) {
    EXPECT_THAT(MakeS3Store({endpoint, "r", true, 1}, [](const Context&) -> Result<Credentials> { return kFirst; }, client_,
                            SystemClock(), *random_),
                IsError(ErrorCode::kInvalidArgument, "InvalidUrl"))
        << endpoint;
  }
}

/// Answers each connection with the next text, then closes it.
class CuttingServer {
 public:
  explicit CuttingServer(std::vector<std::string> answers) : answers_(std::move(answers)), thread_("cutting", 1) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    EXPECT_TRUE(thread_.TrySubmit([this] { Serve(); }));
  }
  ~CuttingServer() {
    thread_.Shutdown();
    close(listener_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void Serve() {
    for (const std::string& answer : answers_) {
      const int peer = accept(listener_, nullptr, nullptr);
      char buffer[65536];
      std::string head;
      while (head.find("\r\n\r\n") == std::string::npos) {
        const ssize_t count = recv(peer, buffer, sizeof buffer, 0);
        if (count <= 0) break;
        head.append(buffer, static_cast<std::size_t>(count));
      }
      (void)!write(peer, answer.data(), answer.size());
      close(peer);
    }
  }

  const std::vector<std::string> answers_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  ThreadPool thread_;
};

TEST_F(S3StoreTest, TriesAgainWhenAnAnswerIsCut) {
  const std::string head = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/10\r\nContent-Length: 10\r\n\r\n";
  CuttingServer server({head + "01234", "", "HTTP/1.1 500 Internal", head + "0123456789"});
  const auto store = MakeStore(fmt::format("http://127.0.0.1:{}", server.port()));
  EXPECT_EQ(store->Read(context_, "s3://b/k", {0, 10}).value(), "0123456789");
}

}  // namespace
}  // namespace firn::s3store
