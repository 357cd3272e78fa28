#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lake/s3/s3_answer_internal.h"

/// An answer's body in every place it is read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace firn;
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  const auto page = s3store::ParseListPage(xml, "b");
  if (page) {
    for (const auto& listed : page->objects) {
      if (!listed.url.starts_with("s3://b/") || listed.url.size() == 7) std::abort();
    }
  }
  (void)s3store::HoldsError(xml);
  (void)s3store::ParseUploadIds(xml, "k");
  (void)s3store::XmlField(xml, "InitiateMultipartUploadResult", "UploadId");
  const Credentials credentials{AccessKeyId("AK"), Secret("canary-secret"), Secret("canary-token")};
  const auto verdict = s3store::JudgeAnswer(http::IncomingResponse{403, {}, std::string(xml)}, "GET s3://b/k", credentials);
  const std::string text = verdict.error->ToString();
  for (const char* secret : {"canary-secret", "canary-token"}) {
    if (text.find(secret) != std::string::npos) std::abort();
  }
  return 0;
}
