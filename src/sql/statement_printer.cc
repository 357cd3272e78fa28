#include <fmt/format.h>

#include "sql/printer_internal.h"
#include "sql/redact.h"

/// Statements about catalogs, tables, views and rows back to text.

namespace firn::sql {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

constexpr int kPrimaryPower = 18;  // As in printer.cc.

}  // namespace

void Printer::PrintStatement(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kQuery: return PrintQuery(*As<QueryStatement>(statement).query);
    case StatementKind::kExplain: {
      const auto& explain = As<ExplainStatement>(statement);
      Write("EXPLAIN ");
      switch (explain.level) {
        case ExplainLevel::kNormal: break;
        case ExplainLevel::kLogical: Write("LOGICAL "); break;
        case ExplainLevel::kAnalyze: Write("ANALYZE "); break;
        case ExplainLevel::kVerbose: Write("VERBOSE "); break;
        case ExplainLevel::kCosts: Write("COSTS "); break;
      }
      return PrintStatement(*explain.statement);
    }
    case StatementKind::kCreateCatalog:
    case StatementKind::kAlterCatalog:
    case StatementKind::kDropCatalog:
    case StatementKind::kSetCatalog:
    case StatementKind::kUse:
    case StatementKind::kCreateDatabase:
    case StatementKind::kDropDatabase:
    case StatementKind::kAlterDatabase:
    case StatementKind::kDropTable:
    case StatementKind::kTruncateTable:
    case StatementKind::kRefreshTable:
    case StatementKind::kCreateTableLike: return PrintCatalogStatement(statement);
    case StatementKind::kCreateTable: return PrintCreateTable(As<CreateTableStatement>(statement));
    case StatementKind::kAlterTable: return PrintAlterTable(As<AlterTableStatement>(statement));
    case StatementKind::kCreateView:
    case StatementKind::kAlterView:
    case StatementKind::kDropView: return PrintViewStatement(statement);
    case StatementKind::kInsert: return PrintInsert(As<InsertStatement>(statement));
    case StatementKind::kDelete: return PrintDelete(As<DeleteStatement>(statement));
    case StatementKind::kUpdate: return PrintUpdate(As<UpdateStatement>(statement));
    case StatementKind::kMerge: return PrintMerge(As<MergeStatement>(statement));
    case StatementKind::kShow: return PrintShow(As<ShowStatement>(statement));
    case StatementKind::kDescribe: return PrintDescribe(As<DescribeStatement>(statement));
    case StatementKind::kSet:
    case StatementKind::kSetRole:
    case StatementKind::kSetDefaultRole:
    case StatementKind::kKill:
    case StatementKind::kBegin:
    case StatementKind::kCommit:
    case StatementKind::kRollback:
    case StatementKind::kPrepare:
    case StatementKind::kExecute:
    case StatementKind::kDeallocate:
    case StatementKind::kLockTables:
    case StatementKind::kUnlockTables:
    case StatementKind::kAnalyzeTable:
    case StatementKind::kAnalyzeProfile:
    case StatementKind::kAdminSetConfig:
    case StatementKind::kCall: return PrintSessionStatement(statement);
    case StatementKind::kExecuteAs:
    case StatementKind::kCreateUser:
    case StatementKind::kAlterUser:
    case StatementKind::kDropUser:
    case StatementKind::kCreateRole:
    case StatementKind::kDropRole:
    case StatementKind::kGrantPrivileges:
    case StatementKind::kRevokePrivileges:
    case StatementKind::kGrantRoles:
    case StatementKind::kRevokeRoles: return PrintUserStatement(statement);
  }
}

// ---- parts ----

void Printer::WriteProperties(const std::vector<Property>& properties) {
  Write("(");
  WriteList(properties, [&](const Property& property) {
    WriteString(property.key);
    Write(" = ");
    WriteString(IsSecretKey(property.key) ? "***" : property.value);
  });
  Write(")");
}

void Printer::WriteKeywordProperties(const std::vector<Property>& properties) {
  if (properties.empty()) return;
  Write(" PROPERTIES ");
  WriteProperties(properties);
}

void Printer::WriteComment(const std::optional<std::string>& comment) {
  if (!comment) return;
  Write(" COMMENT ");
  WriteString(*comment);
}

// ---- catalogs, databases, and what is done to a whole table ----

void Printer::PrintCatalogStatement(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kCreateCatalog: {
      const auto& s = As<CreateCatalogStatement>(statement);
      Write("CREATE EXTERNAL CATALOG ");
      WriteIf(s.if_not_exists, "IF NOT EXISTS ");
      WriteName(s.name);
      WriteComment(s.comment);
      return WriteKeywordProperties(s.properties);
    }
    case StatementKind::kAlterCatalog:
      Write("ALTER CATALOG ");
      WriteName(As<AlterCatalogStatement>(statement).name);
      Write(" SET ");
      return WriteProperties(As<AlterCatalogStatement>(statement).properties);
    case StatementKind::kDropCatalog:
      Write("DROP CATALOG ");
      WriteIf(As<DropCatalogStatement>(statement).if_exists, "IF EXISTS ");
      return WriteName(As<DropCatalogStatement>(statement).name);
    case StatementKind::kSetCatalog:
      Write("SET CATALOG ");
      return WriteName(As<SetCatalogStatement>(statement).name);
    case StatementKind::kUse: Write("USE "); return PrintName(As<UseStatement>(statement).name);
    case StatementKind::kCreateDatabase: {
      const auto& s = As<CreateDatabaseStatement>(statement);
      Write("CREATE DATABASE ");
      WriteIf(s.if_not_exists, "IF NOT EXISTS ");
      PrintName(s.name);
      return WriteKeywordProperties(s.properties);
    }
    case StatementKind::kDropDatabase: {
      const auto& s = As<DropDatabaseStatement>(statement);
      Write("DROP DATABASE ");
      WriteIf(s.if_exists, "IF EXISTS ");
      PrintName(s.name);
      return WriteIf(s.force, " FORCE");
    }
    case StatementKind::kAlterDatabase: {
      const auto& s = As<AlterDatabaseStatement>(statement);
      Write("ALTER DATABASE ");
      PrintName(s.name);
      if (s.new_name) {
        Write(" RENAME ");
        return WriteName(*s.new_name);
      }
      Write(" SET ");
      return WriteProperties(s.properties);
    }
    case StatementKind::kDropTable: {
      const auto& s = As<DropTableStatement>(statement);
      Write(s.temporary ? "DROP TEMPORARY TABLE " : "DROP TABLE ");
      WriteIf(s.if_exists, "IF EXISTS ");
      PrintName(s.name);
      return WriteIf(s.force, " FORCE");
    }
    case StatementKind::kTruncateTable: {
      const auto& s = As<TruncateTableStatement>(statement);
      Write("TRUNCATE TABLE ");
      PrintName(s.name);
      if (s.partitions.empty()) return;
      Write(" PARTITION ");
      return WriteNameList(s.partitions);
    }
    case StatementKind::kRefreshTable: {
      const auto& s = As<RefreshTableStatement>(statement);
      Write("REFRESH EXTERNAL TABLE ");
      PrintName(s.name);
      if (s.partitions.empty()) return;
      Write(" PARTITION (");
      WriteList(s.partitions, [&](const std::string& partition) { WriteString(partition); });
      return Write(")");
    }
    case StatementKind::kCreateTableLike: {
      const auto& s = As<CreateTableLikeStatement>(statement);
      Write("CREATE ");
      WriteIf(s.external, "EXTERNAL ");
      WriteIf(s.temporary, "TEMPORARY ");
      Write("TABLE ");
      WriteIf(s.if_not_exists, "IF NOT EXISTS ");
      PrintName(s.name);
      WriteKeywordProperties(s.properties);
      Write(" LIKE ");
      return PrintName(s.source);
    }
    default: return;
  }
}

// ---- CREATE TABLE ----

void Printer::PrintCreateTable(const CreateTableStatement& table) {
  Write("CREATE ");
  WriteIf(table.external, "EXTERNAL ");
  WriteIf(table.temporary, "TEMPORARY ");
  Write("TABLE ");
  WriteIf(table.if_not_exists, "IF NOT EXISTS ");
  PrintName(table.name);
  if (!table.columns.empty()) {
    Write(" (");
    WriteList(table.columns, [&](const ColumnDefinition& column) { PrintColumn(column); });
    Write(")");
  } else if (!table.column_names.empty()) {
    Write(" ");
    WriteNameList(table.column_names);
  }
  if (!table.engine.empty()) {
    Write(" ENGINE = ");
    WriteName(table.engine);
  }
  PrintNativeClauses(table);
  WriteComment(table.comment);
  if (!table.partition_by.empty()) {
    Write(" PARTITION BY (");
    WriteList(table.partition_by, [&](const PartitionTerm& term) { PrintTerm(term); });
    Write(")");
  }
  if (!table.order_by.empty()) {
    Write(" ORDER BY (");
    WriteOrder(table.order_by);
    Write(")");
  }
  WriteKeywordProperties(table.properties);
  if (table.query == nullptr) return;
  Write(" AS ");
  PrintQuery(*table.query);
}

void Printer::PrintNativeClauses(const CreateTableStatement& table) {
  if (!table.native.key_kind.empty()) {
    Write(" ");
    Write(table.native.key_kind);
    Write(" ");
    WriteNameList(table.native.key_columns);
  }
  if (!table.native.distribution.empty()) {
    Write(" DISTRIBUTED BY ");
    Write(table.native.distribution);
  }
}

void Printer::PrintColumn(const ColumnDefinition& column) {
  WriteName(column.name);
  Write(" ");
  PrintType(column.type);
  WriteIf(column.is_key, " KEY");
  if (!column.aggregate.empty()) {
    Write(" ");
    Write(column.aggregate);
  }
  if (column.nullable) Write(*column.nullable ? " NULL" : " NOT NULL");
  if (column.default_value != nullptr) {
    Write(" DEFAULT ");
    PrintExpression(*column.default_value, kPrimaryPower - 2);
  }
  WriteIf(column.auto_increment, " AUTO_INCREMENT");
  WriteOptional(" AS ", column.generated);
  WriteComment(column.comment);
}

// ---- ALTER TABLE ----

void Printer::PrintAlterTable(const AlterTableStatement& alter) {
  Write("ALTER TABLE ");
  PrintName(alter.name);
  Write(" ");
  WriteList(alter.clauses, [&](const AlterTableClause& clause) { PrintAction(clause.action); });
}

void Printer::PrintPlace(const ColumnPlace& place) {
  WriteIf(place.first, " FIRST");
  if (place.after.empty()) return;
  Write(" AFTER ");
  WriteName(place.after);
}

void Printer::PrintAction(const AlterTableAction& action) {
  const auto named = [&](std::string_view words, const std::string& name) {
    Write(words);
    WriteName(name);
  };
  const auto terms = [&](std::string_view words, const std::vector<PartitionTerm>& list) {
    Write(words);
    WriteList(list, [&](const PartitionTerm& term) { PrintTerm(term); });
  };
  const auto path = [&](const std::vector<std::string>& parts) {
    WriteList(
        parts, [&](const std::string& part) { part == "[*]" ? Write(part) : WriteName(part); },
        ".");
  };
  std::visit(
      Overloaded{
          [&](const AddColumnsClause& c) {
            const bool several = c.columns.size() > 1;
            Write(several ? "ADD COLUMN (" : "ADD COLUMN ");
            WriteList(c.columns, [&](const ColumnDefinition& column) { PrintColumn(column); });
            WriteIf(several, ")");
            PrintPlace(c.place);
          },
          [&](const DropColumnClause& c) { named("DROP COLUMN ", c.column); },
          [&](const RenameColumnClause& c) {
            named("RENAME COLUMN ", c.column);
            named(" TO ", c.new_name);
          },
          [&](const ModifyColumnClause& c) {
            Write("MODIFY COLUMN ");
            PrintColumn(c.column);
            PrintPlace(c.place);
          },
          [&](const ModifyColumnCommentClause& c) {
            named("MODIFY COLUMN ", c.column);
            WriteComment(c.comment);
          },
          [&](const AddFieldClause& c) {
            named("MODIFY COLUMN ", c.column);
            Write(" ADD FIELD ");
            path(c.path);
            Write(" ");
            PrintType(c.type);
            PrintPlace(c.place);
          },
          [&](const DropFieldClause& c) {
            named("MODIFY COLUMN ", c.column);
            Write(" DROP FIELD ");
            path(c.path);
          },
          [&](const SetPropertiesClause& c) {
            Write("SET ");
            WriteProperties(c.properties);
          },
          [&](const SetTableCommentClause& c) {
            Write("COMMENT = ");
            WriteString(c.comment);
          },
          [&](const RenameTableClause& c) { named("RENAME ", c.new_name); },
          [&](const AddPartitionColumnsClause& c) { terms("ADD PARTITION COLUMN ", c.terms); },
          [&](const DropPartitionColumnsClause& c) { terms("DROP PARTITION COLUMN ", c.terms); },
          [&](const ReplacePartitionColumnClause& c) {
            Write("REPLACE PARTITION COLUMN ");
            PrintTerm(c.old_term);
            Write(" WITH ");
            PrintTerm(c.new_term);
          },
          [&](const CreateRefClause& c) { PrintCreateRef(c); },
          [&](const DropRefClause& c) {
            Write(c.ref_kind == RefKind::kBranch ? "DROP BRANCH " : "DROP TAG ");
            named(c.if_exists ? "IF EXISTS " : "", c.name);
          },
          [&](const ExecuteProcedureClause& c) {
            named("EXECUTE ", c.procedure);
            PrintArguments(c.arguments);
            WriteOptional(" WHERE ", c.where);
          },
          [&](const SwapTableClause& c) { named("SWAP WITH ", c.other); },
      },
      action);
}

void Printer::PrintCreateRef(const CreateRefClause& clause) {
  constexpr int64_t kMinuteMs = 60 * 1000;
  WriteIf(clause.create, "CREATE ");
  WriteIf(clause.create && clause.replace, "OR ");
  WriteIf(clause.replace, "REPLACE ");
  Write(clause.ref_kind == RefKind::kBranch ? "BRANCH " : "TAG ");
  WriteIf(clause.if_not_exists, "IF NOT EXISTS ");
  WriteName(clause.name);
  if (clause.snapshot_id) out_ += fmt::format(" AS OF VERSION {}", *clause.snapshot_id);
  if (clause.max_ref_age_ms)
    out_ += fmt::format(" RETAIN {} MINUTES", *clause.max_ref_age_ms / kMinuteMs);
  if (!clause.min_snapshots_to_keep && !clause.max_snapshot_age_ms) return;
  Write(" WITH SNAPSHOT RETENTION");
  if (clause.min_snapshots_to_keep)
    out_ += fmt::format(" {} SNAPSHOTS", *clause.min_snapshots_to_keep);
  if (clause.max_snapshot_age_ms)
    out_ += fmt::format(" {} MINUTES", *clause.max_snapshot_age_ms / kMinuteMs);
}

void Printer::PrintArguments(const std::vector<ProcedureArgument>& arguments) {
  Write("(");
  WriteList(arguments, [&](const ProcedureArgument& argument) {
    if (!argument.name.empty()) {
      WriteName(argument.name);
      Write(" = ");
    }
    PrintExpression(*argument.value);
  });
  Write(")");
}

// ---- views ----

void Printer::PrintViewColumns(const std::vector<ViewColumn>& columns) {
  if (columns.empty()) return;
  Write(" (");
  WriteList(columns, [&](const ViewColumn& column) {
    WriteName(column.name);
    WriteComment(column.comment);
  });
  Write(")");
}

void Printer::PrintViewStatement(const Statement& statement) {
  if (const auto* drop = AsIf<DropViewStatement>(statement)) {
    Write("DROP VIEW ");
    WriteIf(drop->if_exists, "IF EXISTS ");
    return PrintName(drop->name);
  }
  if (const auto* view = AsIf<CreateViewStatement>(statement)) {
    Write(view->or_replace ? "CREATE OR REPLACE VIEW " : "CREATE VIEW ");
    WriteIf(view->if_not_exists, "IF NOT EXISTS ");
    PrintName(view->name);
    PrintViewColumns(view->columns);
    WriteComment(view->comment);
    if (!view->security.empty()) {
      Write(" SECURITY ");
      Write(view->security);
    }
    WriteKeywordProperties(view->properties);
    Write(" AS ");
    return PrintQuery(*view->query);
  }
  const auto& alter = As<AlterViewStatement>(statement);
  Write("ALTER VIEW ");
  PrintName(alter.name);
  switch (alter.action) {
    case AlterViewStatement::Action::kSetProperties:
      Write(" SET ");
      return WriteProperties(alter.properties);
    case AlterViewStatement::Action::kAddDialect: Write(" ADD DIALECT "); break;
    case AlterViewStatement::Action::kModifyDialect: Write(" MODIFY DIALECT "); break;
    case AlterViewStatement::Action::kReplaceQuery:
      PrintViewColumns(alter.columns);
      WriteComment(alter.comment);
      Write(" AS ");
      break;
  }
  if (!alter.dialect.empty()) {
    WriteName(alter.dialect);
    Write(" ");
  }
  PrintQuery(*alter.query);
}

// ---- rows ----

void Printer::PrintInsert(const InsertStatement& insert) {
  Write("INSERT ");
  PrintHints(insert.hints);
  Write(insert.overwrite ? "OVERWRITE " : "INTO ");
  PrintName(insert.table);
  if (insert.branch) {
    Write(" VERSION AS OF ");
    WriteName(*insert.branch);
  }
  if (!insert.partition.empty()) {
    Write(" PARTITION (");
    WriteList(insert.partition, [&](const PartitionValue& value) {
      WriteName(value.column);
      WriteOptional(" = ", value.value);
    });
    Write(")");
  }
  if (insert.label) {
    Write(" WITH LABEL ");
    WriteName(*insert.label);
  }
  if (!insert.columns.empty()) {
    Write(" ");
    WriteNameList(insert.columns);
  }
  WriteIf(insert.by_name, " BY NAME");
  WriteKeywordProperties(insert.properties);
  Write(" ");
  if (const auto* rows = std::get_if<LiteralRows>(&insert.source)) return PrintLiteralRows(*rows);
  PrintQuery(*std::get<QueryPtr>(insert.source));
}

void Printer::PrintLiteralRows(const LiteralRows& rows) {
  Write("VALUES ");
  for (size_t row = 0; row < rows.row_count(); ++row) {
    Write(row == 0 ? "(" : ", (");
    for (size_t column = 0; column < rows.column_count(); ++column) {
      if (column > 0) Write(", ");
      PrintLiteral(rows.cell(row, column).ToLiteral());
    }
    Write(")");
  }
}

void Printer::PrintDelete(const DeleteStatement& statement) {
  PrintWith(statement.with, false);
  Write("DELETE FROM ");
  PrintName(statement.table);
  if (!statement.partitions.empty()) {
    Write(" PARTITION ");
    WriteNameList(statement.partitions);
  }
  PrintAlias({statement.alias, {}});
  if (!statement.using_relations.empty()) {
    Write(" USING ");
    PrintRelations(statement.using_relations);
  }
  WriteOptional(" WHERE ", statement.where);
}

void Printer::PrintUpdate(const UpdateStatement& statement) {
  PrintWith(statement.with, false);
  Write("UPDATE ");
  PrintName(statement.table);
  PrintAlias({statement.alias, {}});
  Write(" SET ");
  PrintAssignments(statement.assignments);
  if (!statement.from.empty()) {
    Write(" FROM ");
    PrintRelations(statement.from);
  }
  WriteOptional(" WHERE ", statement.where);
}

void Printer::PrintAssignments(const std::vector<Assignment>& assignments) {
  WriteList(assignments, [&](const Assignment& assignment) {
    WriteList(assignment.target, [&](const std::string& part) { WriteName(part); }, ".");
    WriteOptional(" = ", assignment.value);
  });
}

void Printer::PrintMerge(const MergeStatement& merge) {
  Write("MERGE INTO ");
  PrintName(merge.table);
  PrintAlias({merge.alias, {}});
  Write(" USING ");
  PrintRelation(*merge.source);
  WriteOptional(" ON ", merge.on);
  for (const MergeBranch& branch : merge.branches) {
    Write(branch.matched ? " WHEN MATCHED" : " WHEN NOT MATCHED");
    WriteOptional(" AND ", branch.condition);
    Write(" THEN ");
    switch (branch.action) {
      case MergeBranch::Action::kDelete: Write("DELETE"); break;
      case MergeBranch::Action::kUpdate:
        Write("UPDATE SET ");
        PrintAssignments(branch.assignments);
        break;
      case MergeBranch::Action::kInsert:
        Write("INSERT ");
        if (!branch.columns.empty()) {
          WriteNameList(branch.columns);
          Write(" ");
        }
        Write("VALUES (");
        WriteExpressions(branch.values);
        Write(")");
        break;
    }
  }
}

}  // namespace firn::sql
