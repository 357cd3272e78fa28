#include "wire/http/client.h"
#include "wire/http/routes.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <functional>

#include "base/mutex.h"
#include "base/result_testing.h"
#include "base/thread_pool.h"
#include "wire/http/server.h"

namespace firn::http {
namespace {

using firn::testing::IsError;
using std::chrono::milliseconds;

class Scripted final : public Handler {
 public:
  using Script = std::function<Response(const Context&, const RequestHead&, BodyReader&)>;
  explicit Scripted(Script script) : script_(std::move(script)) {}
  Response Handle(const Context& context, const RequestHead& head, BodyReader& body) override {
    return script_(context, head, body);
  }

 private:
  Script script_;
};

/// Sends the head back as the server saw it, then the body.
Response Mirror(const Context&, const RequestHead& head, BodyReader& body) {
  const auto text = body.ReadAll(64UL << 20);
  std::string seen = head.method + " " + head.target + "\n";
  for (const Header& header : head.headers.all()) seen += header.name + ": " + header.value + "\n";
  Response response;
  response.headers.Add("X-Answer", "yes");
  response.body = seen + "\n" + text.value_or("cut");
  return response;
}

/// A self-signed certificate for 127.0.0.1, in files.
TlsFiles MakeCertificate(const std::filesystem::path& folder) {
  const TlsFiles files{folder / "http_test_cert.pem", folder / "http_test_key.pem"};
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* cert = X509_new();
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
  X509_set_pubkey(cert, key);
  X509_NAME* name = X509_get_subject_name(cert);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("firn"), -1, -1, 0);
  X509_set_issuer_name(cert, name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(cert, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(cert, key, EVP_sha256());
  std::FILE* out = std::fopen(files.certificate_chain.c_str(), "w");
  PEM_write_X509(out, cert);
  std::fclose(out);
  out = std::fopen(files.private_key.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(cert);
  EVP_PKEY_free(key);
  return files;
}

class ClientTest : public ::testing::Test {
 protected:
  void Serve(Scripted::Script script, ServerOptions options = {}) {
    handler_.emplace(std::move(script));
    options.worker_count = 8;
    auto server = Server::Start(options, *handler_);
    ASSERT_TRUE(server.has_value());
    server_ = std::move(*server);
    scheme_ = options.tls ? "https" : "http";
  }
  std::string Url(const std::string& target) const {
    return scheme_ + "://127.0.0.1:" + std::to_string(server_->port()) + target;
  }
  static std::unique_ptr<Client> MakeClient(const ClientOptions& options = {}) {
    auto client = MakeCurlClient(options);
    EXPECT_TRUE(client.has_value());
    return std::move(*client);
  }

  std::optional<Scripted> handler_;
  std::unique_ptr<Server> server_;
  std::string scheme_;
  Context context_{"test"};
};

TEST_F(ClientTest, SendsWhatItIsGivenAndNothingMore) {
  Serve(Mirror);
  const auto client = MakeClient();
  OutgoingRequest request{"PUT", Url("/a/../b//%2F?x=1&y"), {{"X-Empty", ""}, {"X-A", "b"}},
                          std::make_shared<const std::string>("payload"), true, false, 0};
  ASSERT_OK_AND_ASSIGN(const IncomingResponse answer, client->Send(context_, request));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.Find("x-answer"), "yes");
  const std::string port = std::to_string(server_->port());
  EXPECT_EQ(answer.body, "PUT /a/../b//%2F?x=1&y\nHost: 127.0.0.1:" + port +
                             "\nUser-Agent: firn\nX-Empty: \nX-A: b\nContent-Length: 7\n\npayload");
}

TEST_F(ClientTest, RoutesLeadAHostElsewhereAndKeepItsName) {
  Serve(Mirror);
  const std::string port = std::to_string(server_->port());
  Routing routing;
  for (const char* host : {"glue.us-east-1.amazonaws.com", "*.S3.us-east-1.amazonaws.com"}) {
    ASSERT_OK_AND_ASSIGN(Route route, ParseRoute(std::string(host) + ":80:127.0.0.1:" + port));
    routing.routes.push_back(std::move(route));
  }
  ASSERT_OK_AND_ASSIGN(const auto client, MakeRoutedClient({}, std::move(routing)));
  for (const char* host : {"glue.us-east-1.amazonaws.com", "GLUE.us-east-1.amazonaws.com",
                           "b.s3.us-east-1.amazonaws.com"}) {
    OutgoingRequest request{"GET", std::string("http://") + host + "/x", {}, nullptr, true, false, 0};
    ASSERT_OK_AND_ASSIGN(const IncomingResponse answer, client->Send(context_, request));
    EXPECT_THAT(answer.body, ::testing::HasSubstr(std::string("Host: ") + host + "\n"));
  }
  for (const char* url : {"http://glue.us-east-1.amazonaws.com.invalid/",
                          "http://s3-us-east-1.amazonaws.invalid/"}) {
    EXPECT_THAT(client->Send(context_, {"GET", url, {}, nullptr, true, false, 0}),
                IsError(ErrorCode::kUnavailable, "DnsFailed"));
  }
  // A route leads to no link-local address either.
  ASSERT_OK_AND_ASSIGN(Route away, ParseRoute("*:80:169.254.169.254"));
  ASSERT_OK_AND_ASSIGN(const auto other, MakeRoutedClient({}, {.routes = {away}, .https_proxy = "", .no_proxy = ""}));
  EXPECT_THAT(other->Send(context_, {"GET", "http://h/", {}, nullptr, true, false, 0}),
              IsError(ErrorCode::kUnavailable, "ConnectFailed"));
}

TEST(ParseRoute, TakesHostPortAddressAndPerhapsAPort) {
  ASSERT_OK_AND_ASSIGN(const Route six, ParseRoute("Host.example:443:[::1]:8443"));
  EXPECT_EQ(six.host, "host.example");
  EXPECT_EQ(six.address, "[::1]");
  EXPECT_EQ(six.address_port, 8443);
  ASSERT_OK_AND_ASSIGN(const Route plain, ParseRoute("*:443:other.example"));
  EXPECT_EQ(plain.address_port, 443);
  for (const char* bad : {"", "h", "h:443", ":443:a", "h::a", "h:0:a", "h:443:", "h:x:a", "h:70000:a",
                          "h:443:a:0", "h:443:a:1:2", "h:443:[::1", "h:443:::1"}) {
    EXPECT_THAT(ParseRoute(bad), IsError(ErrorCode::kInvalidArgument, "InvalidRoute")) << bad;
  }
}

TEST_F(ClientTest, SpeaksEveryMethodWithAndWithoutBody) {
  Serve(Mirror);
  const auto client = MakeClient();
  for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    for (const bool with_body : {false, true}) {
      OutgoingRequest request{method, Url("/"), {}, nullptr, true, false, 0};
      if (with_body) request.body = std::make_shared<const std::string>("body");
      ASSERT_OK_AND_ASSIGN(const IncomingResponse answer, client->Send(context_, request));
      EXPECT_TRUE(answer.body.starts_with(std::string(method) + " /\n")) << answer.body;
      EXPECT_TRUE(answer.body.ends_with(with_body ? "\n\nbody" : "\n\n")) << answer.body;
    }
  }
  ASSERT_OK_AND_ASSIGN(const IncomingResponse head,
                       client->Send(context_, {"HEAD", Url("/"), {}, nullptr, true, false, 0}));
  EXPECT_EQ(head.body, "");
  EXPECT_TRUE(head.headers.Has("content-length"));
}

TEST_F(ClientTest, FollowsNoRedirect) {
  Serve([](const Context&, const RequestHead&, BodyReader&) {
    Response response;
    response.status = 302;
    response.headers.Add("Location", "http://127.0.0.1:1/");
    return response;
  });
  ASSERT_OK_AND_ASSIGN(const IncomingResponse answer,
                       MakeClient()->Send(context_, {"GET", Url("/"), {}, nullptr, true, false, 0}));
  EXPECT_EQ(answer.status, 302);
}

TEST_F(ClientTest, HasHundredsInFlight) {
  Serve(Mirror);
  const auto client = MakeClient();
  Mutex mutex;
  CondVar changed;
  int left = 500;
  int good = 0;
  for (int i = 0; i < 500; ++i) {
    client->SendAsync(context_, {"GET", Url("/" + std::to_string(i)), {}, nullptr, true, false, 0},
                      [&, i](Result<IncomingResponse> answer) {
                        const MutexLock lock(mutex);
                        good += answer && answer->body.starts_with("GET /" + std::to_string(i) + "\n") ? 1 : 0;
                        --left;
                        changed.NotifyAll();
                      });
  }
  const MutexLock lock(mutex);
  while (left > 0) ASSERT_TRUE(changed.WaitFor(mutex, std::chrono::seconds(30)));
  EXPECT_EQ(good, 500);
}

TEST_F(ClientTest, BoundsTheAnswer) {
  Serve([](const Context&, const RequestHead&, BodyReader&) {
    Response response;
    response.body = std::string(1000, 'x');
    return response;
  });
  const auto client = MakeClient();
  OutgoingRequest request{"GET", Url("/"), {}, nullptr, true, false, 1000};
  ASSERT_OK_AND_ASSIGN(const IncomingResponse answer, client->Send(context_, request));
  EXPECT_EQ(answer.body.size(), 1000U);
  request.answer_bytes_max = 999;
  const auto result = client->Send(context_, request);
  ASSERT_THAT(result, IsError(ErrorCode::kResourceExhausted, "AnswerTooLarge"));
  EXPECT_TRUE(MayHaveReachedServer(result.error()));
}

TEST_F(ClientTest, TellsFailuresBeforeSendingFromLostAnswers) {
  const auto client = MakeClient();
  const auto send = [&](const std::string& url) {
    return client->Send(context_, {"GET", url, {}, nullptr, true, false, 0});
  };
  EXPECT_THAT(send("http://127.0.0.1:1/"), IsError(ErrorCode::kUnavailable, "ConnectFailed"));
  EXPECT_THAT(send("http://no-such-host.invalid/"), IsError(ErrorCode::kUnavailable, "DnsFailed"));
  // In every notation that resolvers take.
  for (const char* host : {"169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.1", "[fe80::1]",
                           "[::ffff:169.254.169.254]", "[fd00:ec2::254]"}) {
    const auto refused = send(std::string("http://") + host + "/latest/meta-data/");
    ASSERT_THAT(refused, IsError(ErrorCode::kUnavailable, "ConnectFailed")) << host;
    EXPECT_NE(refused.error().message().find("link-local"), std::string::npos) << refused.error().message();
  }
  EXPECT_THAT(send("gopher://h/"), IsError(ErrorCode::kInvalidArgument, "InvalidUrl"));
  Serve(Mirror);
  EXPECT_THAT(send("https://127.0.0.1:" + std::to_string(server_->port()) + "/"),
              IsError(ErrorCode::kUnavailable, "TlsFailed"));
  EXPECT_FALSE(MayHaveReachedServer(send("http://127.0.0.1:1/").error()));
}

TEST_F(ClientTest, ReportsALostAnswerWhenTheServerCutsIt) {
  ThreadPool drainer("drainer", 1);
  Serve([this, &drainer](const Context&, const RequestHead&, BodyReader&) {
    EXPECT_TRUE(drainer.TrySubmit([this] { server_->Drain(milliseconds(0)); }));
    Response response;
    response.body = std::string(64UL << 20, 'x');
    return response;
  });
  const auto client = MakeClient();
  const auto result = client->Send(context_, {"GET", Url("/"), {}, nullptr, true, false, 0});
  drainer.Shutdown();
  EXPECT_THAT(result, IsError(ErrorCode::kUnavailable, "AnswerLost"));
}

TEST_F(ClientTest, KeepsTheDeadlineAndTheStopTokenOfItsContext) {
  Mutex mutex;
  CondVar changed;
  bool arrived = false;
  Serve([&](const Context& context, const RequestHead&, BodyReader&) {
    {
      const MutexLock lock(mutex);
      arrived = true;
    }
    changed.NotifyAll();
    (void)context.Sleep(std::chrono::seconds(20));  // Until the client is gone.
    return Response{};
  });
  const auto client = MakeClient();
  const OutgoingRequest request{"GET", Url("/"), {}, nullptr, true, false, 0};
  EXPECT_THAT(client->Send(context_.WithTimeout(milliseconds(100)), request),
              IsError(ErrorCode::kDeadlineExceeded, "AnswerLost"));
  EXPECT_THAT(client->Send(context_.WithTimeout(milliseconds(0)), request),
              IsError(ErrorCode::kDeadlineExceeded, "DeadlineExceeded"));
  {
    const MutexLock lock(mutex);
    arrived = false;
  }
  std::stop_source stop;
  std::optional<Result<IncomingResponse>> result;
  client->SendAsync(context_.WithStopToken(stop.get_token()), request, [&](Result<IncomingResponse> answer) {
    const MutexLock lock(mutex);
    result = std::move(answer);
    changed.NotifyAll();
  });
  {
    const MutexLock lock(mutex);
    while (!arrived) ASSERT_TRUE(changed.WaitFor(mutex, std::chrono::seconds(20)));
  }
  stop.request_stop();
  {
    const MutexLock lock(mutex);
    while (!result) ASSERT_TRUE(changed.WaitFor(mutex, std::chrono::seconds(20)));
  }
  EXPECT_THAT(*result, IsError(ErrorCode::kCancelled, "AnswerLost"));
  EXPECT_THAT(client->Send(context_.WithStopToken(stop.get_token()), request),
              IsError(ErrorCode::kCancelled, "Cancelled"));
  server_.reset();  // Its handlers use what dies here.
}

TEST_F(ClientTest, VerifiesCertificatesAndTakesAnExtraAuthority) {
  ServerOptions options;
  options.tls = MakeCertificate(::testing::TempDir());
  Serve(Mirror, options);
  const OutgoingRequest request{"POST", Url("/tls"), {}, std::make_shared<const std::string>(std::string(300'000, 'x')),
                                true, false, 0};
  EXPECT_THAT(MakeClient()->Send(context_, request), IsError(ErrorCode::kUnavailable, "TlsFailed"));
  ClientOptions trusting;
  trusting.extra_ca_file = options.tls->certificate_chain;
  ASSERT_OK_AND_ASSIGN(const IncomingResponse answer, MakeClient(trusting)->Send(context_, request));
  EXPECT_TRUE(answer.body.starts_with("POST /tls\n"));
  EXPECT_GT(answer.body.size(), 300'000U);
  ClientOptions broken;
  broken.extra_ca_file = options.tls->private_key.string() + ".none";
  EXPECT_THAT(MakeCurlClient(broken), IsError(ErrorCode::kInvalidArgument, "InvalidTls"));
}

TEST_F(ClientTest, GivesEveryRequestAnAnswerWhenItDies) {
  Serve([&](const Context& context, const RequestHead&, BodyReader&) {
    (void)context.Sleep(std::chrono::seconds(20));
    return Response{};
  });
  std::atomic<int> answers = 0;
  {
    const auto client = MakeClient();
    for (int i = 0; i < 20; ++i) {
      client->SendAsync(context_, {"GET", Url("/"), {}, nullptr, true, false, 0},
                        [&answers](Result<IncomingResponse> answer) {
                          EXPECT_FALSE(answer.has_value());
                          ++answers;
                        });
    }
  }
  EXPECT_EQ(answers, 20);
}

}  // namespace
}  // namespace firn::http
