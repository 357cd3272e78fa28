#include "engine/session/variables.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/durable_file.h"
#include "base/encoding.h"
#include "base/json.h"
#include "engine/session/access_limits.h"

namespace firn::session {
namespace {

using ValueMap = std::map<std::string, VariableValue, std::less<>>;

const VariableDefinition* FindDefinition(std::string_view name) {
  const std::string folded = ToLowerAscii(name);
  const auto definitions = VariableDefinitions();
  const auto found = std::ranges::lower_bound(definitions, std::string_view(folded), {},
                                              &VariableDefinition::name);
  if (found == definitions.end() || found->name != folded) return nullptr;
  if (found->alias_of.empty()) return &*found;
  return FindDefinition(found->alias_of);
}

std::string NearestNames(std::string_view name) {
  std::vector<std::string> names;
  for (const VariableDefinition& definition : VariableDefinitions()) {
    names.emplace_back(definition.name);
  }
  std::string list;
  const std::string folded = ToLowerAscii(name);
  for (int i = 0; i < 3; ++i) {
    const std::string nearest = NearestWord(folded, names);
    if (nearest.empty()) break;
    list += (list.empty() ? "" : ", ") + nearest;
    std::erase(names, nearest);
  }
  return list;
}

Result<const VariableDefinition*> RequireDefinition(std::string_view name) {
  if (const VariableDefinition* definition = FindDefinition(name)) return definition;
  const std::string nearest = NearestNames(name);
  return NotFound("UnknownSystemVariable",
                  fmt::format("Unknown system variable '{}'{}", name,
                              nearest.empty() ? ""
                                              : ", the most similar variables are {" + nearest + "}"));
}

Unexpected WrongType(const VariableDefinition& definition) {
  return InvalidArgument("WrongVariableType",
                         fmt::format("Incorrect argument type to variable '{}'", definition.name));
}

Unexpected WrongValue(const VariableDefinition& definition, std::string_view value) {
  return InvalidArgument("WrongVariableValue",
                         fmt::format("Variable '{}' can't be set to the value of '{}'",
                                     definition.name, value));
}

std::optional<bool> AsBoolean(const VariableValue& value) {
  if (const bool* boolean = std::get_if<bool>(&value)) return *boolean;
  if (const std::int64_t* number = std::get_if<std::int64_t>(&value)) {
    if (*number == 0 || *number == 1) return *number == 1;
    return std::nullopt;
  }
  const std::string* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  for (const std::string_view word : {"true", "on", "1", "yes"}) {
    if (EqualsIgnoreCaseAscii(*text, word)) return true;
  }
  for (const std::string_view word : {"false", "off", "0", "no"}) {
    if (EqualsIgnoreCaseAscii(*text, word)) return false;
  }
  return std::nullopt;
}

std::optional<std::int64_t> AsInteger(const VariableValue& value) {
  if (const std::int64_t* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const bool* boolean = std::get_if<bool>(&value)) return *boolean ? 1 : 0;
  const std::string* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

// The choice spelled as the table spells it.
std::optional<std::string_view> FindChoice(std::string_view choices, std::string_view text) {
  for (const std::string_view choice : Split(choices, ',')) {
    if (EqualsIgnoreCaseAscii(choice, text)) return choice;
  }
  return std::nullopt;
}

Result<VariableValue> CheckText(const VariableDefinition& definition, std::string text) {
  if (text.size() > kVariableTextBytesMax) return WrongValue(definition, text.substr(0, 64));
  if (definition.choices.empty()) return VariableValue(std::move(text));
  if (!definition.choice_set) {
    const auto choice = FindChoice(definition.choices, text);
    if (!choice) return WrongValue(definition, text);
    return VariableValue(std::string(*choice));
  }
  std::vector<std::string_view> kept;
  for (std::string_view part : Split(text, ',')) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (part.empty()) continue;
    const auto choice = FindChoice(definition.choices, part);
    if (!choice) return WrongValue(definition, part);
    if (std::ranges::find(kept, *choice) == kept.end()) kept.push_back(*choice);
  }
  return VariableValue(fmt::format("{}", fmt::join(kept, ",")));
}

Result<VariableValue> Convert(const VariableDefinition& definition, const VariableValue& value) {
  switch (definition.kind) {
    case VariableKind::kBoolean: {
      const auto boolean = AsBoolean(value);
      if (!boolean) return WrongValue(definition, PrintVariableValue(value));
      return VariableValue(*boolean);
    }
    case VariableKind::kInteger: {
      const auto number = AsInteger(value);
      if (!number) return WrongType(definition);
      if (*number < definition.minimum || *number > definition.maximum) {
        return InvalidArgument(
            "WrongVariableValue",
            fmt::format("Variable '{}' can't be set to the value of '{}': it goes from {} to {}",
                        definition.name, *number, definition.minimum, definition.maximum));
      }
      return VariableValue(*number);
    }
    case VariableKind::kText: {
      if (std::holds_alternative<std::monostate>(value)) {
        if (!definition.choices.empty()) return WrongValue(definition, "NULL");
        return value;
      }
      return CheckText(definition, PrintVariableValue(value));
    }
  }
  return WrongType(definition);
}

VariableValue DefaultOf(const VariableDefinition& definition) {
  auto value = Convert(definition, VariableValue(std::string(definition.default_text)));
  FIRN_CHECK_MSG(value.has_value(), definition.name);
  return std::move(*value);
}

Status CheckScope(const VariableDefinition& definition, VariableScope scope) {
  if (scope == VariableScope::kSession && definition.reach == VariableReach::kGlobalOnly) {
    return InvalidArgument("VariableIsGlobalOnly",
                           fmt::format("Variable '{}' is a GLOBAL variable and should be set with "
                                       "SET GLOBAL",
                                       definition.name));
  }
  if (scope == VariableScope::kGlobal && definition.reach == VariableReach::kSessionOnly) {
    return InvalidArgument("VariableIsSessionOnly",
                           fmt::format("Variable '{}' is a SESSION variable and can't be used "
                                       "with SET GLOBAL",
                                       definition.name));
  }
  return Ok();
}

Status CheckWritable(const VariableDefinition& definition) {
  if (!definition.read_only) return Ok();
  return InvalidArgument("ReadOnlyVariable",
                         fmt::format("Variable '{}' is a read only variable", definition.name));
}

}  // namespace

std::string PrintVariableValue(const VariableValue& value) {
  if (const bool* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  if (const std::int64_t* number = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*number);
  }
  if (const std::string* text = std::get_if<std::string>(&value)) return *text;
  return "NULL";
}

GlobalVariables::GlobalVariables(std::string firn_version) {
  const MutexLock lock(mutex_);
  for (const VariableDefinition& definition : VariableDefinitions()) {
    if (definition.alias_of.empty()) {
      values_.emplace(std::string(definition.name), DefaultOf(definition));
    }
  }
  values_["version_comment"] = "StarRocks version " + std::move(firn_version);
}

Result<VariableValue> GlobalVariables::Get(std::string_view name) const {
  FIRN_ASSIGN_OR_RETURN(const VariableDefinition* definition, RequireDefinition(name));
  FIRN_TRY(CheckScope(*definition, VariableScope::kGlobal));
  const MutexLock lock(mutex_);
  return values_.find(definition->name)->second;
}

Status GlobalVariables::Set(std::string_view name, const VariableValue& value) {
  FIRN_ASSIGN_OR_RETURN(const VariableDefinition* definition, RequireDefinition(name));
  FIRN_TRY(CheckWritable(*definition));
  FIRN_TRY(CheckScope(*definition, VariableScope::kGlobal));
  FIRN_ASSIGN_OR_RETURN(VariableValue converted, Convert(*definition, value));
  const MutexLock lock(mutex_);
  VariableValue& place = values_.find(definition->name)->second;
  VariableValue before = std::exchange(place, std::move(converted));
  Status saved = Save();
  if (!saved) place = std::move(before);
  return saved;
}

Status GlobalVariables::Open(const std::filesystem::path& folder) {
  const MutexLock lock(mutex_);
  file_ = folder / "variables.json";
  auto text = ReadWholeFile(file_, kVariablesFileBytesMax);
  if (!text && text.error().code() == ErrorCode::kNotFound) return Ok();
  if (!text) return std::move(text).error();
  const auto document = ParseJson(*text);
  if (!document || !document->is_object()) {
    return DataCorruption("BadVariablesFile", "The file " + file_.string() +
                                                  " cannot be read: it is not a JSON object");
  }
  for (const auto& [name, value] : document->get_object()) {
    const VariableDefinition* definition = FindDefinition(std::string_view(name));
    if (definition == nullptr || definition->read_only) continue;
    if (!value.is_string() && !value.is_null()) continue;
    auto converted = Convert(*definition, value.is_null()
                                              ? VariableValue(std::monostate())
                                              : VariableValue(std::string(value.get_string())));
    if (converted) values_[std::string(definition->name)] = *std::move(converted);
  }
  return Ok();
}

Status GlobalVariables::Save() const {
  if (file_.empty()) return Ok();
  json::object changed;
  for (const auto& [name, value] : values_) {
    const VariableDefinition& definition = *FindDefinition(name);
    if (definition.read_only || value == DefaultOf(definition)) continue;
    if (std::holds_alternative<std::monostate>(value)) {
      changed[name] = nullptr;
    } else {
      changed[name] = PrintVariableValue(value);
    }
  }
  return WriteFileDurably(file_, PrintJson(changed), 0600);
}

Status GlobalVariables::SetDefault(std::string_view name) {
  FIRN_ASSIGN_OR_RETURN(const VariableDefinition* definition, RequireDefinition(name));
  return Set(name, DefaultOf(*definition));
}

ValueMap GlobalVariables::Copy() const {
  const MutexLock lock(mutex_);
  return values_;
}

SessionVariables::SessionVariables(GlobalVariables& globals)
    : globals_(globals), values_(globals.Copy()) {}

Result<VariableValue> SessionVariables::Get(std::string_view name) const {
  FIRN_ASSIGN_OR_RETURN(const VariableDefinition* definition, RequireDefinition(name));
  if (definition->reach == VariableReach::kGlobalOnly) return globals_.Get(definition->name);
  return values_.find(definition->name)->second;
}

Result<VariableValue> SessionVariables::Get(VariableScope scope, std::string_view name) const {
  FIRN_ASSIGN_OR_RETURN(const VariableDefinition* definition, RequireDefinition(name));
  // A session-scoped read of a global variable is allowed: `@@session.version_comment` is what some drivers send.
  if (scope == VariableScope::kSession) return Get(definition->name);
  return globals_.Get(definition->name);
}

Status SessionVariables::Set(VariableScope scope, std::string_view name,
                             const VariableValue& value) {
  if (scope == VariableScope::kGlobal) return globals_.Set(name, value);
  FIRN_ASSIGN_OR_RETURN(const VariableDefinition* definition, RequireDefinition(name));
  FIRN_TRY(CheckWritable(*definition));
  FIRN_TRY(CheckScope(*definition, scope));
  FIRN_ASSIGN_OR_RETURN(VariableValue converted, Convert(*definition, value));
  values_.find(definition->name)->second = std::move(converted);
  return Ok();
}

Status SessionVariables::SetDefault(VariableScope scope, std::string_view name) {
  if (scope == VariableScope::kGlobal) return globals_.SetDefault(name);
  FIRN_ASSIGN_OR_RETURN(const VariableDefinition* definition, RequireDefinition(name));
  // MySQL: the session's DEFAULT is the global value.
  auto global = globals_.Get(definition->name);
  return Set(scope, name, global ? *global : DefaultOf(*definition));
}

void SessionVariables::Reset() { values_ = globals_.Copy(); }

std::vector<VariableRow> SessionVariables::Show(VariableScope scope) const {
  const ValueMap globals = globals_.Copy();
  std::vector<VariableRow> rows;
  for (const VariableDefinition& shown : VariableDefinitions()) {
    const VariableDefinition& definition = *FindDefinition(shown.name);
    if (scope == VariableScope::kGlobal && definition.reach == VariableReach::kSessionOnly) continue;
    const bool from_globals =
        scope == VariableScope::kGlobal || definition.reach == VariableReach::kGlobalOnly;
    const VariableValue& value = (from_globals ? globals : values_).find(definition.name)->second;
    const VariableValue default_value = DefaultOf(definition);
    rows.push_back({.name = std::string(shown.name),
                    .value = PrintVariableValue(value),
                    .default_value = PrintVariableValue(default_value),
                    .is_changed = value != default_value});
  }
  return rows;
}

bool SessionVariables::GetBool(std::string_view name) const {
  const auto value = Get(name);
  FIRN_CHECK_MSG(value && std::holds_alternative<bool>(*value), name);
  return std::get<bool>(*value);
}

std::int64_t SessionVariables::GetInt(std::string_view name) const {
  const auto value = Get(name);
  FIRN_CHECK_MSG(value && std::holds_alternative<std::int64_t>(*value), name);
  return std::get<std::int64_t>(*value);
}

std::string SessionVariables::GetText(std::string_view name) const {
  const auto value = Get(name);
  FIRN_CHECK_MSG(value.has_value(), name);
  return std::holds_alternative<std::monostate>(*value) ? "" : PrintVariableValue(*value);
}

}  // namespace firn::session
