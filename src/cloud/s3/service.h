#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "base/secret.h"
#include "cloud/policy/authorizer.h"
#include "cloud/s3/request.h"
#include "cloud/s3/vault.h"
#include "wire/http/message.h"
#include "wire/http/server.h"
#include "wire/sigv4/authorization.h"
#include "wire/sigv4/chunked_reader.h"

/// The S3 API over a Vault.
///
/// The door calls, in this order: ParseRequest, (signature), OpenBody, ReadDocument, NeedsOf, (authorise), Handle.

namespace firn::s3 {

/// A request's body with what it claims of itself; aws-chunked framing taken off. Owned by one request.
struct IncomingBody {
  http::BodyReader* reader = nullptr;  ///< `chunked` or the raw body, which must outlive this.
  std::unique_ptr<sigv4::ChunkedReader> chunked;
  BodyClaims claims;
};

/// A stretch of an object; `is_partial` when the answer is 206.
struct ReadRange {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  bool is_partial = false;
};

/// What proved the signature; both outlive the body.
struct Proof {
  const sigv4::Authorization& authorization;
  const Secret& secret_key;
};

/// Reads the body's claims from the headers. Errors: kInvalidArgument with InvalidDigest, InvalidRequest,
/// MissingContentLength, InvalidArgument; kUnsupported/SigV4aUnsupported.
Result<IncomingBody> OpenBody(const http::RequestHead& head, http::BodyReader& raw_body,
                              const Proof& proof);

/// A whole small body, checked against its claims. Errors: as Vault::Receive; kResourceExhausted/BodyTooLarge.
Result<std::string> ReadDocument(Operation operation, IncomingBody& body);

/// Where this S3 is.
struct ServiceOptions {
  std::string account_id;
  std::string region;
};

/// Thread-safe. Errors have S3's own codes as reasons.
class Service {
 public:
  Service(ServiceOptions options, ledger::Ledger& ledger, Vault& vault)
      : options_(std::move(options)), ledger_(ledger), vault_(vault) {}

  /// The answer to a request for a bucket of another region than this service's, as S3 sends clients
  /// there: 400 AuthorizationHeaderMalformed with the right region, which SDKs follow. nullopt: it is
  /// here, or nowhere.
  Result<std::optional<http::Response>> RedirectOf(const Request& request);

  /// What the caller must be allowed. `document` is the body of operations that TakesDocument names.
  /// Errors: kNotFound/NoSuchBucket; kInvalidArgument/MalformedXML.
  Result<std::vector<policy::AccessNeed>> NeedsOf(const Request& request,
                                                  std::string_view document);

  /// REQUIRES: `permit` was made for NeedsOf(request); for DeleteObjects each need may be allowed or not. `body` for operations that TakesObject names.
  Result<http::Response> Handle(const Context& context, const policy::Permit& permit,
                                const Request& request, const http::RequestHead& head,
                                std::string_view document, IncomingBody& body);

 private:
  /// Adds the policies of the buckets that the needs are on; the copy's source is the last need.
  Status AddBucketPolicies(const Request& request, std::vector<policy::AccessNeed>& needs);
  Result<http::Response> HandleBucket(const policy::Permit& permit, const Request& request,
                                      std::string_view document);
  Result<http::Response> ListBuckets(const Request& request);
  Result<http::Response> BucketSettingOf(const Request& request, std::string_view document);
  Result<http::Response> Acl(const Request& request, const http::RequestHead& head);
  Result<http::Response> ObjectTagging(const Request& request, std::string_view document);
  Result<http::Response> GetObjectAttributes(const Request& request,
                                             const http::RequestHead& head);
  Result<http::Response> ListObjects(const Request& request);
  Result<http::Response> ListUploads(const Request& request);
  Result<ReadRange> RangeOf(const Request& request, const http::RequestHead& head,
                            const ledger::S3ObjectRow& object);
  Result<http::Response> GetObject(const Request& request, const http::RequestHead& head);
  Result<http::Response> PutObject(const Context& context, const Request& request,
                                   const http::RequestHead& head, IncomingBody& body);
  Result<http::Response> CopyObject(const Context& context, const Request& request,
                                    const http::RequestHead& head);
  Result<http::Response> DeleteObjects(const policy::Permit& permit, const Request& request,
                                       std::string_view document);
  Result<http::Response> CreateUpload(const Request& request, const http::RequestHead& head);
  Result<http::Response> UploadPart(const Context& context, const Request& request,
                                    IncomingBody& body);
  Result<http::Response> UploadPartCopy(const Context& context, const Request& request,
                                        const http::RequestHead& head);
  Result<http::Response> ListParts(const Request& request);
  Result<http::Response> CompleteUpload(const Request& request, const http::RequestHead& head,
                                        std::string_view document);

  // Constant after construction; the ledger and the vault have their own synchronisation.
  const ServiceOptions options_;
  ledger::Ledger& ledger_;
  Vault& vault_;
};

}  // namespace firn::s3
