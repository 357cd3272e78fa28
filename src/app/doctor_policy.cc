#include "app/doctor_policy.h"

#include <cstdio>
#include <string>

#include "app/limits.h"
#include "base/durable_file.h"
#include "base/json.h"
#include "cloud/lint/lint.h"

namespace firn::app {
namespace {

Result<std::string> ReadInput(const std::filesystem::path& file) {
  if (file != "-") return ReadWholeFile(file, kPolicyFileBytesMax);
  std::string text;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, stdin)) {
    text.append(buffer, count);
    if (text.size() > kPolicyFileBytesMax)
      return ResourceExhausted("FileTooLarge", "a policy has no more than a megabyte");
  }
  return text;
}

std::string_view Word(lint::Severity severity) {
  return severity == lint::Severity::kError ? "error" : "warning";
}

void PrintAsJson(const lint::Report& report) {
  json::array remarks;
  for (const lint::Remark& remark : report.remarks) {
    json::object one{
        {"severity", Word(remark.severity)}, {"rule", remark.rule}, {"text", remark.text}};
    if (remark.line != 0) one["line"] = remark.line;
    if (remark.column != 0) one["column"] = remark.column;
    remarks.push_back(std::move(one));
  }
  json::object document{{"ok", !report.has_errors()}, {"remarks", std::move(remarks)}};
  if (report.mended) document["mended"] = *report.mended;
  std::printf("%s\n", json::serialize(document).c_str());
}

void PrintForPeople(const lint::Report& report, const std::string& file) {
  for (const lint::Remark& remark : report.remarks) {
    std::string place = file;
    if (remark.line != 0) place += ":" + std::to_string(remark.line);
    if (remark.column != 0) place += ":" + std::to_string(remark.column);
    std::printf("%s: %s: %s [%s]\n", place.c_str(), std::string(Word(remark.severity)).c_str(),
                remark.text.c_str(), remark.rule.c_str());
  }
  if (report.remarks.empty()) std::printf("%s: nothing to remark\n", file.c_str());
  if (report.mended) std::printf("\nmended:\n%s\n", report.mended->c_str());
}

}  // namespace

Result<int> RunDoctorPolicy(const DoctorPolicyOptions& options) {
  FIRN_ASSIGN_OR_RETURN(const std::string text, ReadInput(options.file));
  const lint::Report report = lint::LintPolicy(text);
  if (options.mend) {
    if (report.mended) std::printf("%s", report.mended->c_str());
    return report.mended ? 0 : 1;
  }
  if (options.as_json) {
    PrintAsJson(report);
  } else {
    PrintForPeople(report, options.file.string());
  }
  return report.has_errors() ? 1 : 0;
}

}  // namespace firn::app
