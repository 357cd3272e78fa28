#include "wire/http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result_testing.h"
#include "base/thread_pool.h"
#include "wire/http/limits.h"

namespace firn::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// A handler made of a function.
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

/// A flag that threads wait for.
class Signal {
 public:
  void Set() {
    {
      const MutexLock lock(mutex_);
      set_ = true;
    }
    changed_.NotifyAll();
  }
  bool Wait() {
    const MutexLock lock(mutex_);
    while (!set_) {
      if (!changed_.WaitFor(mutex_, std::chrono::seconds(20))) return set_;
    }
    return true;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool set_ FIRN_GUARDED_BY(mutex_) = false;
};

Response Text(std::string text, int status = 200) {
  Response response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

/// "METHOD target body" back.
Response Echo(const Context&, const RequestHead& head, BodyReader& body) {
  const auto text = body.ReadAll(64UL << 20);
  if (!text) return Text(text.error().reason(), 400);
  return Text(head.method + " " + head.target + " " + *text);
}

/// A client that sends exactly what it is told to.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval patience{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~RawClient() { Close(); }

  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }
  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  /// How much the other side takes before it pushes back.
  std::size_t SendUntilBlocked(std::size_t bytes_max) {
    const std::string piece(64UL << 10, 'x');
    std::size_t sent = 0;
    while (sent < bytes_max) {
      const ssize_t count = send(socket_, piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count <= 0 && ++stalls_ > 20) break;
      if (count <= 0) {
        usleep(5'000);
        continue;
      }
      stalls_ = 0;
      sent += static_cast<std::size_t>(count);
    }
    return sent;
  }
  /// Reads until `mark` has come `times` times, or the end.
  std::string ReadUntil(std::string_view mark, int times = 1) {
    std::string text;
    char buffer[65536];
    while (Count(text, mark) < times) {
      const ssize_t count = recv(socket_, buffer, sizeof buffer, 0);
      if (count <= 0) return text + "<end>";
      text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
  }
  std::string ReadToEnd() {
    std::string text = ReadUntil("\x01never\x01");
    return text.substr(0, text.size() - 5);
  }

 private:
  static int Count(std::string_view text, std::string_view mark) {
    int count = 0;
    for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) ++count;
    return count;
  }

  int socket_;
  int stalls_ = 0;
};

std::unique_ptr<Server> Serve(Handler& handler, ServerOptions options = {}) {
  options.worker_count = std::min<std::size_t>(options.worker_count, 4);
  auto server = Server::Start(options, handler);
  EXPECT_TRUE(server.has_value()) << server.error().ToString();
  return std::move(*server);
}

TEST(Server, AnswersRequestsOnOneConnectionInOrder) {
  Scripted handler(Echo);
  const auto server = Serve(handler);
  RawClient client(server->port());
  client.Send("GET /a%2F..?q HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz"
              "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
              "4E20\r\n" + std::string(20000, 'c') + "\r\n0\r\n\r\n");
  const std::string all = client.ReadToEnd();
  const std::size_t a = all.find("GET /a%2F..?q "), b = all.find("POST /b xyz"), c = all.find("POST /c ccc");
  ASSERT_NE(c, std::string::npos) << all.substr(0, 500);
  EXPECT_LT(a, b);
  EXPECT_LT(b, c);
  EXPECT_THAT(all, HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(all, HasSubstr("\r\nDate: "));
}

TEST(Server, TakesABodyOnAConnectionThatWasIdle) {
  Scripted handler(Echo);
  ManualClock clock{WallTime()};
  ServerOptions options;
  options.clock = &clock;
  const auto server = Serve(handler, options);
  RawClient client(server->port());
  for (const char* mark : {"POST /1 xyz", "POST /2 xyz", "POST /3 xyz"}) {
    client.Send(std::string(mark).substr(0, 7) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nx");
    client.Send("yz");
    EXPECT_THAT(client.ReadUntil(mark), Not(HasSubstr("<end>")));
    usleep(20'000);  // The server's next read is under way: what it waits for now is no body.
    clock.Advance(2 * kBodyRateGrace);
  }
}

TEST(Server, RefusesBadHeadsWithoutCallingTheHandler) {
  std::atomic<int> calls = 0;
  Scripted handler([&calls](const Context&, const RequestHead&, BodyReader&) {
    ++calls;
    return Text("");
  });
  const auto server = Serve(handler);
  struct Case {
    std::string sent;
    const char* status;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
      {"GET / HTTP/1.1\nHost: h\n\n", "HTTP/1.1 400"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", "HTTP/1.1 400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 400"},
      {"GET / HTTP/3.0\r\nHost: h\r\n\r\n", "HTTP/1.1 505"},
      {"GET / HTTP/1.1\r\nX: " + std::string(40'000, 'x'), "HTTP/1.1 431"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n", "HTTP/1.1 431"},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", "HTTP/1.1 400"},
  };
  for (const Case& c : cases) {
    RawClient client(server->port());
    client.Send(c.sent);
    const std::string answer = client.ReadToEnd();
    EXPECT_THAT(answer, StartsWith(c.status)) << c.sent.substr(0, 60);
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
  }
  EXPECT_EQ(calls, 0);
}

TEST(Server, TellsAClientToGoOnOnlyWhenTheBodyIsRead) {
  Scripted handler([](const Context& context, const RequestHead& head, BodyReader& body) {
    if (head.target == "/refuse") return Text("no", 403);
    return Echo(context, head, body);
  });
  const auto server = Serve(handler);
  {
    RawClient client(server->port());
    client.Send("PUT /take HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.Send("body");
    EXPECT_THAT(client.ReadUntil("PUT /take body"), StartsWith("HTTP/1.1 200 OK"));
  }
  RawClient client(server->port());
  client.Send("PUT /refuse HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  const std::string answer = client.ReadToEnd();  // The connection cannot go on: the body may or may not come.
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST(Server, SendsLengthsWithoutBytesWhereHttpSaysSo) {
  Scripted handler([](const Context&, const RequestHead& head, BodyReader&) {
    if (head.target == "/204") return Text("never sent", 204);
    Response response = Text(head.target == "/own" ? "" : "12345", head.target == "/304" ? 304 : 200);
    if (head.target == "/own" || head.target == "/304") response.headers.Set("Content-Length", "77");
    return response;
  });
  const auto server = Serve(handler);
  const auto ask = [&server](const std::string& line) {
    RawClient client(server->port());
    client.Send(line + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    return client.ReadToEnd();
  };
  EXPECT_THAT(ask("HEAD /x"), ::testing::AllOf(HasSubstr("Content-Length: 5\r\n"), ::testing::EndsWith("\r\n\r\n")));
  EXPECT_THAT(ask("HEAD /own"), ::testing::AllOf(HasSubstr("Content-Length: 77\r\n"), ::testing::EndsWith("\r\n\r\n")));
  EXPECT_THAT(ask("GET /204"), ::testing::AllOf(::testing::Not(HasSubstr("Content-Length")), ::testing::EndsWith("\r\n\r\n")));
  EXPECT_THAT(ask("GET /304"), ::testing::AllOf(HasSubstr("Content-Length: 77\r\n"), ::testing::EndsWith("\r\n\r\n")));
  EXPECT_THAT(ask("GET /x"), ::testing::EndsWith("\r\n\r\n12345"));
}

/// Hands out `text` by pieces of growing size, and fails after `fails_at` bytes.
class Pieces final : public BodySource {
 public:
  Pieces(std::string text, std::size_t fails_at) : text_(std::move(text)), fails_at_(fails_at) {}
  std::uint64_t length_bytes() const override { return text_.size(); }
  Result<std::string_view> Next() override {
    if (sent_ >= fails_at_) return DataCorruption("Broken", "the rest cannot be read");
    piece_ = text_.substr(sent_, ++count_ * 1'001);
    sent_ += piece_.size();
    return std::string_view(piece_);
  }

 private:
  const std::string text_;
  const std::size_t fails_at_;
  std::string piece_;
  std::size_t sent_ = 0;
  std::size_t count_ = 0;
};

TEST(Server, SendsABodyThatIsMadeByPiecesAndCutsOneThatFails) {
  std::string bytes(2'500'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>('a' + i % 23);
  Scripted handler([&bytes](const Context&, const RequestHead& head, BodyReader&) {
    Response response;
    response.body = std::make_shared<Pieces>(head.target == "/empty" ? "" : bytes,
                                             head.target == "/broken" ? 100'000 : SIZE_MAX);
    return response;
  });
  const auto server = Serve(handler);
  const auto ask = [&server](const std::string& target) {
    RawClient client(server->port());
    client.Send("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    return client.ReadToEnd();
  };
  const std::string answer = ask("/whole");
  EXPECT_THAT(answer.substr(0, 300), HasSubstr("Content-Length: 2500000\r\n"));
  EXPECT_TRUE(answer.substr(answer.find("\r\n\r\n") + 4) == bytes);
  EXPECT_THAT(ask("/empty"), ::testing::AllOf(HasSubstr("Content-Length: 0\r\n"), ::testing::EndsWith("\r\n\r\n")));
  const std::string cut = ask("/broken");
  EXPECT_THAT(cut.substr(0, 300), HasSubstr("Content-Length: 2500000\r\n"));
  EXPECT_LT(cut.size(), 200'000U);
}

TEST(Server, PushesBackWhileTheHandlerDoesNotRead) {
  Signal go;
  Scripted handler([&go](const Context&, const RequestHead&, BodyReader& body) {
    char first[1];
    EXPECT_TRUE(body.Read(first).has_value());
    go.Wait();
    return Text(body.ReadAll(256UL << 20).has_value() ? "whole" : "cut");
  });
  const auto server = Serve(handler);
  RawClient client(server->port());
  client.Send("PUT / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 134217728\r\n\r\n");
  const std::size_t sent = client.SendUntilBlocked(134217728);
  EXPECT_LT(sent, 64UL << 20);
  go.Set();
  client.Send(std::string(134217728 - sent, 'y'));
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("whole"));
}

TEST(Server, DropsASmallUnreadBodyAndGoesOnButClosesOverALargeOne) {
  Scripted handler([](const Context&, const RequestHead& head, BodyReader&) { return Text("at " + head.target); });
  const auto server = Serve(handler);
  {
    RawClient client(server->port());
    client.Send("PUT /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x') +
                "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.ReadUntil("at /2"), HasSubstr("at /1"));
  }
  RawClient client(server->port());
  client.Send("PUT /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n" + std::string(1'000'000, 'x'));
  const std::string answer = client.ReadUntil("at /1");
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST(Server, CutsOffSlowHeadsIdleConnectionsAndStalledBodies) {
  Scripted handler(Echo);
  ServerOptions options;
  options.head_timeout = milliseconds(150);
  options.idle_timeout = milliseconds(150);
  const auto server = Serve(handler, options);
  RawClient slow(server->port());
  slow.Send("GET / HT");
  EXPECT_THAT(slow.ReadToEnd(), StartsWith("HTTP/1.1 408"));
  RawClient silent(server->port());
  EXPECT_EQ(silent.ReadToEnd(), "");
  RawClient idle(server->port());
  idle.Send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(idle.ReadToEnd(), HasSubstr("GET /x"));
  RawClient stalled(server->port());
  stalled.Send("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_THAT(stalled.ReadToEnd(), ::testing::AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("BodyCut")));
}

TEST(Server, GivesNoWorkerToSlowSendersOfSmallBodies) {
  Scripted handler(Echo);
  ServerOptions options;
  options.worker_count = 1;
  const auto server = Serve(handler, options);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<RawClient>(server->port()));
    slow.back()->Send("PUT /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  }
  RawClient quick(server->port());
  quick.Send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(quick.ReadUntil("GET /quick"), HasSubstr("GET /quick"));
  for (const auto& client : slow) client->Send("defghij");
  for (const auto& client : slow) EXPECT_THAT(client->ReadUntil("j"), HasSubstr("PUT /slow abcdefghij"));
}

TEST(Server, HandsBrokenBodiesToTheHandlerAsErrors) {
  Scripted handler(Echo);
  const auto server = Serve(handler);
  RawClient client(server->port());
  client.Send("PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(), ::testing::AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("InvalidBody"),
                                                   HasSubstr("Connection: close")));
}

TEST(Server, CancelsTheContextWhenTheClientGoesAway) {
  Signal started, cancelled;
  Scripted handler([&](const Context& context, const RequestHead&, BodyReader&) {
    const std::stop_callback on_stop(context.stop_token(), [&cancelled] { cancelled.Set(); });
    started.Set();
    EXPECT_TRUE(cancelled.Wait());
    return Text("");
  });
  const auto server = Serve(handler);
  RawClient client(server->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(started.Wait());
  client.Close();
  EXPECT_TRUE(cancelled.Wait());
}

TEST(Server, KeepsAnswersFromForgingHeaders) {
  Scripted handler([](const Context&, const RequestHead&, BodyReader&) {
    Response response = Text("body");
    response.headers.Add("X-Echo", "a\r\nSet-Cookie: b");
    return response;
  });
  const auto server = Serve(handler);
  RawClient client(server->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("X-Echo: a  Set-Cookie: b\r\n"));
}

TEST(Server, TurnsAwayConnectionsOverTheLimit) {
  Scripted handler(Echo);
  ServerOptions options;
  options.connections_max = 1;
  const auto server = Serve(handler, options);
  RawClient first(server->port());
  first.Send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  first.ReadUntil("GET /1");
  RawClient second(server->port());
  EXPECT_THAT(second.ReadToEnd(), StartsWith("HTTP/1.1 503"));
  first.Send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(first.ReadUntil("GET /2"), HasSubstr("200 OK"));
}

TEST(Server, DrainLetsARunningRequestFinish) {
  Signal started, go;
  Scripted handler([&](const Context&, const RequestHead&, BodyReader&) {
    started.Set();
    go.Wait();
    return Text("finished");
  });
  const auto server = Serve(handler);
  RawClient idle(server->port()), busy(server->port());
  busy.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(started.Wait());
  ThreadPool drainer("drainer", 1);
  ASSERT_TRUE(drainer.TrySubmit([&server] { server->Drain(std::chrono::seconds(20)); }));
  EXPECT_EQ(idle.ReadToEnd(), "");
  go.Set();
  EXPECT_THAT(busy.ReadToEnd(), ::testing::AllOf(HasSubstr("finished"), HasSubstr("Connection: close")));
  drainer.Shutdown();
}

TEST(Server, DrainCancelsWhatOutlastsItsPatience) {
  Signal started, cancelled;
  Scripted handler([&](const Context& context, const RequestHead&, BodyReader& body) {
    const std::stop_callback on_stop(context.stop_token(), [&cancelled] { cancelled.Set(); });
    started.Set();
    const auto text = body.ReadAll(1UL << 20);
    EXPECT_FALSE(text.has_value());
    EXPECT_TRUE(cancelled.Wait());
    return Text("");
  });
  const auto server = Serve(handler);
  RawClient client(server->port());
  client.Send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + std::string(70'000, 'x'));
  ASSERT_TRUE(started.Wait());
  server->Drain(milliseconds(50));
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST(Server, SaysWhyItCannotListen) {
  Scripted handler(Echo);
  const auto server = Serve(handler);
  ServerOptions options;
  options.port = server->port();
  EXPECT_THAT(Server::Start(options, handler), firn::testing::IsError(ErrorCode::kUnavailable, "ListenFailed"));
  options.bind_address = "localhost.example";
  EXPECT_THAT(Server::Start(options, handler),
              firn::testing::IsError(ErrorCode::kInvalidArgument, "InvalidBindAddress"));
  options = {};
  options.tls = TlsFiles{"/nowhere/cert.pem", "/nowhere/key.pem"};
  EXPECT_THAT(Server::Start(options, handler), firn::testing::IsError(ErrorCode::kInvalidArgument, "InvalidTls"));
}

}  // namespace
}  // namespace firn::http
