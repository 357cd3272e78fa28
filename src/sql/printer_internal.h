#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/printer.h"

/// The writer behind printer.h: appends one tree's text. Expressions and queries in printer.cc and
/// query_printer.cc, statements in statement_printer.cc and session_printer.cc.

namespace firn::sql {

class Printer {
 public:
  explicit Printer(const PrintOptions& options) : options_(options) {}

  std::string Take() && { return std::move(out_); }

  // Wraps in parentheses what binds looser than `power_min`.
  void PrintExpression(const Expression& e, int power_min = 0);
  void PrintQuery(const Query& query);
  void PrintStatement(const Statement& statement);
  void PrintType(const TypeName& type);
  void PrintName(const ObjectName& name);
  void PrintLiteral(const Literal& literal);

 private:
  void Write(std::string_view text) { out_ += text; }
  void WriteName(std::string_view name) { out_ += QuoteIdentifier(name); }
  void WriteString(std::string_view text) { out_ += QuoteString(text); }
  template <typename Items, typename Each>
  void WriteList(const Items& items, const Each& each, std::string_view separator = ", ") {
    bool first = true;
    for (const auto& item : items) {
      if (!first) Write(separator);
      first = false;
      each(item);
    }
  }
  void WriteNames(const std::vector<std::string>& names);          // a, b
  void WriteNameList(const std::vector<std::string>& names);       // (a, b)
  void WriteExpressions(const std::vector<ExpressionPtr>& items);  // a, b
  void WriteOrder(const std::vector<OrderItem>& items);
  void WriteDirection(const OrderItem& item);
  void WriteOptional(std::string_view keyword, const ExpressionPtr& expression);

  // ---- expressions: printer.cc ----
  void PrintBare(const Expression& e);
  void PrintPrimary(const Expression& e);
  void PrintUnary(const UnaryExpression& e);
  void PrintBinary(const BinaryExpression& e);
  void PrintInterval(const IntervalExpression& e);
  void PrintCase(const CaseExpression& e);
  void PrintCall(const FunctionCallExpression& e);
  void PrintFunctionName(const std::vector<std::string>& name);
  void PrintWindow(const WindowSpec& window);
  void PrintFrameBound(const FrameBound& bound);
  void PrintMap(const MapExpression& e);
  void PrintSlice(const SliceExpression& e);

  // ---- queries: query_printer.cc ----
  void PrintWith(const std::vector<CommonTable>& with, bool recursive);
  void PrintBody(const QueryBody& body);
  void PrintSelect(const SelectBody& select);
  void PrintGroupBy(const GroupBy& group_by);
  void PrintSetOperation(const SetOperationBody& body);
  void PrintRows(const std::vector<std::vector<ExpressionPtr>>& rows);
  void PrintRelations(const std::vector<RelationPtr>& relations);
  void PrintRelation(const Relation& relation);
  void PrintTable(const TableRelation& table);
  void PrintJoin(const JoinRelation& join);
  void PrintTableFunction(const TableFunctionRelation& function);
  void PrintAlias(const TableAlias& alias);
  void PrintHints(const std::vector<Hint>& hints);

  // ---- statements: statement_printer.cc, session_printer.cc ----
  void WriteProperties(const std::vector<Property>& properties);
  void WriteKeywordProperties(const std::vector<Property>& properties);
  void WriteComment(const std::optional<std::string>& comment);
  void WriteIf(bool condition, std::string_view text) {
    if (condition) Write(text);
  }
  void PrintTerm(const PartitionTerm& term) { PrintExpression(*term.expression); }
  void PrintColumn(const ColumnDefinition& column);
  void PrintPlace(const ColumnPlace& place);
  void PrintCatalogStatement(const Statement& statement);
  void PrintCreateTable(const CreateTableStatement& table);
  void PrintNativeClauses(const CreateTableStatement& table);
  void PrintAlterTable(const AlterTableStatement& alter);
  void PrintAction(const AlterTableAction& action);
  void PrintCreateRef(const CreateRefClause& clause);
  void PrintArguments(const std::vector<ProcedureArgument>& arguments);
  void PrintViewStatement(const Statement& statement);
  void PrintViewColumns(const std::vector<ViewColumn>& columns);
  void PrintInsert(const InsertStatement& insert);
  void PrintLiteralRows(const LiteralRows& rows);
  void PrintDelete(const DeleteStatement& statement);
  void PrintUpdate(const UpdateStatement& statement);
  void PrintMerge(const MergeStatement& merge);
  void PrintAssignments(const std::vector<Assignment>& assignments);
  void PrintShow(const ShowStatement& show);
  void PrintDescribe(const DescribeStatement& describe);
  void PrintSet(const SetStatement& set);
  void PrintSetItem(const SetItem& item);
  void PrintScope(VariableScope scope);
  void PrintRoleChoice(SetRoleStatement::Which which, const std::vector<std::string>& roles);
  void PrintSessionStatement(const Statement& statement);
  void PrintUserStatement(const Statement& statement);
  void PrintUser(const UserName& user);
  void PrintAuthentication(const std::optional<Authentication>& authentication);
  void PrintObject(const PrivilegeObject& object);
  void PrintGrantee(const Grantee& grantee);
  void WriteRoles(const std::vector<std::string>& roles);

  const PrintOptions options_;
  std::string out_;
};

}  // namespace firn::sql
