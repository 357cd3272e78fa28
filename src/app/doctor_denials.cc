#include "app/doctor_denials.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include "app/denial.h"
#include "app/limits.h"
#include "base/json.h"

namespace firn::app {
namespace {

/// The last `bytes_max` bytes of a file, from the beginning of a line.
Result<std::string> ReadEnd(const std::filesystem::path& file, std::size_t bytes_max) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) {
    return NotFound("NoAuditLog",
                    "there is no audit log at " + file.string() +
                        "; --data-dir names the folder of a server that had the AWS side");
  }
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(in.tellg(), 0));
  const std::size_t skipped = size > bytes_max ? size - bytes_max : 0;
  std::string text(size - skipped, '\0');
  in.seekg(static_cast<std::streamoff>(skipped));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (skipped > 0) text.erase(0, std::min(text.find('\n'), text.size()));
  return text;
}

json::array Texts(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

void PrintAsJson(const std::vector<Denial>& denials) {
  json::array list;
  for (const Denial& denial : denials) {
    list.push_back(json::object{{"at", denial.at},
                                {"request_id", denial.request_id},
                                {"principal", denial.principal},
                                {"access_key_id", denial.access_key_id},
                                {"operation", denial.operation},
                                {"error", denial.error},
                                {"causes", Texts(denial.causes)},
                                {"remedies", Texts(denial.remedies)}});
  }
  std::printf("%s\n", json::serialize(json::object{{"denials", std::move(list)}}).c_str());
}

/// Names in the log were chosen by whoever asked: nothing of them may steer a terminal.
std::string Printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '?');
  return text;
}

void PrintForPeople(const std::vector<Denial>& denials) {
  if (denials.empty()) std::printf("nothing was denied\n");
  for (const Denial& denial : denials) {
    const std::string who =
        denial.principal.empty()
            ? (denial.access_key_id.empty() ? "somebody" : "key " + denial.access_key_id)
            : denial.principal;
    std::printf("%s\n", Printable(denial.at + "  " + who).c_str());
    std::printf("  %s\n", Printable(denial.operation + " -> " + denial.error + " (request " +
                                    denial.request_id + ")")
                              .c_str());
    for (const std::string& cause : denial.causes)
      std::printf("  because %s\n", Printable(cause).c_str());
    for (const std::string& remedy : denial.remedies)
      std::printf("  hint: %s\n", Printable(remedy).c_str());
  }
}

}  // namespace

Result<int> RunDoctorDenials(const DoctorDenialsOptions& options) {
  const std::filesystem::path file = options.data_folder / "aws" / "audit.log";
  FIRN_ASSIGN_OR_RETURN(std::string log, ReadEnd(file, kAuditReadBytesMax));
  std::vector<Denial> denials = ReadDenials(log, options.count_max);
  // Just after the log has rotated, the last ones stand in the file before.
  const std::filesystem::path older = options.data_folder / "aws" / "audit.1.log";
  if (denials.size() < options.count_max && std::filesystem::exists(older)) {
    FIRN_ASSIGN_OR_RETURN(const std::string before, ReadEnd(older, kAuditReadBytesMax));
    denials = ReadDenials(before + "\n" + log, options.count_max);
  }
  if (options.as_json) {
    PrintAsJson(denials);
  } else {
    PrintForPeople(denials);
  }
  return 0;
}

}  // namespace firn::app
