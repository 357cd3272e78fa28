#include "sql/printer_internal.h"

namespace firn::sql {
void Printer::PrintStatement(const Statement& statement) {
  if (const auto* query = AsIf<QueryStatement>(statement)) PrintQuery(*query->query);
}
void Printer::PrintScope(VariableScope scope) {
  switch (scope) {
    case VariableScope::kDefault: return;
    case VariableScope::kSession: return Write("SESSION.");
    case VariableScope::kGlobal: return Write("GLOBAL.");
    case VariableScope::kVerbose: return Write("VERBOSE.");
  }
}
}  // namespace firn::sql
