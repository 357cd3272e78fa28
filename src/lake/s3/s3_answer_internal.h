#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "lake/objects/object_store.h"
#include "wire/http/client.h"

/// What S3 answers: its errors as ours, its lists as records.

namespace firn::s3store {

/// What to do about one answer or transport failure.
struct Verdict {
  enum class Kind { kDone, kRetry, kRefreshCredentials, kFail };
  Kind kind = Kind::kDone;
  std::optional<Error> error;  ///< For all but kDone.
};

/// `what` is "GET s3://bucket/key". Errors made here never hold a secret of `credentials`, whatever the server wrote.
Verdict JudgeAnswer(const Result<http::IncomingResponse>& answer, std::string_view what,
                    const Credentials& credentials);

/// The text of `<root><name>…`. Errors: kDataCorruption/InvalidAnswer.
Result<std::string> XmlField(std::string_view xml, const char* root, const char* name);

/// True when a 200 carries `<Error>`, as CompleteMultipartUpload may.
bool HoldsError(std::string_view xml);

struct ListPage {
  std::vector<objects::ListedObject> objects;
  std::string next_token;  ///< Empty on the last page.
};

/// Errors: kDataCorruption/InvalidAnswer.
Result<ListPage> ParseListPage(std::string_view xml, const std::string& bucket);

/// The uploads of that very key that a ListMultipartUploads names. Errors: kDataCorruption/InvalidAnswer.
Result<std::vector<std::string>> ParseUploadIds(std::string_view xml, const std::string& key);

}  // namespace firn::s3store
