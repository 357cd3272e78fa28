#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "engine/frontdoor/metrics.h"
#include "engine/frontdoor/sql_session.h"
#include "engine/session/session_registry.h"
#include "engine/session/users.h"
#include "wire/http/server.h"

/// The HTTP entrance: health, metrics and SQL over HTTP.
///
///   GET  /healthz                                      200 while the process serves
///   GET  /readyz                                       200 when `ready` says so, else 503 with its message
///   GET  /metrics                                      Prometheus text
///   POST /api/v1/catalogs/<cat>[/databases/<db>]/sql   a statement; Basic auth; answers lines of JSON

namespace firn::frontdoor {

/// What the face works with; all must outlive it.
struct HttpFaceParts {
  SessionFactory& sessions;
  session::UserStore& users;
  session::SessionRegistry& registry;
  FrontdoorMetrics& metrics;
  const Clock& clock;
  Random& random;
  std::function<Status()> ready;  ///< Cheap; asked at every /readyz. May be empty.
};

/// Thread-safe.
class HttpFace final : public http::Handler {
 public:
  explicit HttpFace(HttpFaceParts parts);
  ~HttpFace() override;
  http::Response Handle(const Context& context, const http::RequestHead& head,
                        http::BodyReader& body) override;

 private:
  http::Response Route(const Context& context, const http::RequestHead& head,
                       http::BodyReader& body);
  http::Response RunSql(const Context& context, const http::RequestHead& head,
                        http::BodyReader& body, const std::string& catalog,
                        const std::string& database);

  const HttpFaceParts parts_;
};

}  // namespace firn::frontdoor
