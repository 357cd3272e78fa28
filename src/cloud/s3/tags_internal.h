#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/aws/xml.h"

/// Tag sets: XML and the x-amz-tagging header on the wire, `a=1&b=2` in the ledger.

namespace firn::s3 {

/// Checks the header's value and brings it into the ledger's form.
/// Errors: kInvalidArgument/InvalidTag, /InvalidArgument.
Result<std::string> ParseTaggingHeader(std::string_view header);
/// `<Tagging><TagSet>…` in the ledger's form. Errors: kInvalidArgument with MalformedXML, InvalidTag, BadRequest.
Result<std::string> ParseTaggingDocument(std::string_view document, std::size_t count_max);
std::size_t CountTags(std::string_view tags);
/// Appends `<Tagging>…</Tagging>`.
void WriteTagging(std::string_view tags, aws::XmlWriter& xml);

}  // namespace firn::s3
