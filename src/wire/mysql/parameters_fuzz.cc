#include "wire/mysql/command.h"

/// Binary parameters of prepared statements; the first byte says how many.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  using namespace firn::mysql;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t parameter_count = data[0] == 255 ? 65'535 : data[0];
  std::vector<ParameterType> types;
  for (int i = 0; i < 2; ++i) {
    const auto request = DecodeExecute(body, parameter_count, types, {});
    if (!request) continue;
    for (const ParameterValue& value : request->parameters) {
      if (const auto* moment = std::get_if<DateTimeParameter>(&value)) PrintParameter(*moment);
      if (const auto* time = std::get_if<TimeParameter>(&value)) PrintParameter(*time);
    }
  }
  return 0;
}
