#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/aws/arn.h"
#include "wire/aws/form.h"
#include "wire/aws/xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  pugi::xml_document document;
  (void)firn::aws::ParseXml(text, document).has_value();
  (void)firn::aws::ParseForm(text).has_value();
  (void)firn::aws::ParseTableArn(text).has_value();
  return 0;
}
