#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cloud/s3tables/api.h"
#include "cloud/s3tables/page_internal.h"
#include "cloud/s3tables/request_keys_internal.h"

/// First byte picks the method; the rest is a path, a query and a CreateTable document.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static constexpr std::string_view kMethods[] = {"GET", "PUT", "POST", "DELETE"};
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t mark = rest.find('?');
  const std::string_view query = mark == std::string_view::npos ? "" : rest.substr(mark + 1);
  const auto call =
      firn::s3tables::ParseApiCall(kMethods[data[0] % 4], rest.substr(0, mark), query);
  if (call) (void)firn::s3tables::RequestKeysOf(*call, rest);
  const firn::s3tables::ApiCall creates{.operation = firn::s3tables::ApiOperation::kCreateTable};
  (void)firn::s3tables::NeedsWithKeys(creates, firn::s3tables::RequestKeysOf(creates, rest), {});
  if (const auto form = firn::aws::ParseForm(query)) {
    (void)firn::s3tables::ParsePage(*form, "maxTables").has_value();
  }
  if (const auto value = firn::ParseJson(rest); value && value->is_object()) {
    (void)firn::s3tables::ParseIcebergShape(value->get_object()).has_value();
  }
  return 0;
}
