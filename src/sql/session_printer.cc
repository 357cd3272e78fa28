#include <fmt/format.h>

#include "sql/printer_internal.h"

/// SHOW, SET, users and the rest of a session's statements back to text.

namespace firn::sql {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

// ---- SHOW and DESC ----

void Printer::PrintShow(const ShowStatement& show) {
  std::string_view words = ShowKindName(show.show);
  if (words.starts_with("SHOW ")) {
    Write("SHOW ");
    words.remove_prefix(5);
    if (show.full) Write(show.show == ShowKind::kAuthentication ? "ALL " : "FULL ");
    if (show.scope == VariableScope::kGlobal) Write("GLOBAL ");
    if (show.scope == VariableScope::kSession) Write("SESSION ");
    if (show.scope == VariableScope::kVerbose) Write("VERBOSE ");
    if (show.show == ShowKind::kFunctions && !show.modifier.empty()) {
      Write(show.modifier);
      Write(" ");
    }
  }
  if (show.show == ShowKind::kAlterTable) {
    Write("ALTER ");
    WriteIf(show.modifier != "MATERIALIZED VIEW", "TABLE ");
    Write(show.modifier);
  } else {
    Write(words);
  }
  if (show.for_current_user) Write(" FOR CURRENT_USER()");
  if (!show.text.empty()) {
    if (show.show == ShowKind::kGrants && !show.modifier.empty()) {
      Write(" FOR ROLE ");
      WriteName(show.text);
    } else if (show.show == ShowKind::kProc) {
      Write(" ");
      WriteString(show.text);
    } else if (show.show == ShowKind::kProcesslist) {
      Write(" FOR ");
      WriteString(show.text);
    } else {
      Write(" FOR ");
      Write(show.text);
    }
  }
  if (show.target) {
    const bool create = words.starts_with("CREATE ");
    Write(create ? " " : " FROM ");
    PrintName(*show.target);
  }
  if (show.from) {
    Write(" FROM ");
    PrintName(*show.from);
  }
  if (show.pattern) {
    Write(" LIKE ");
    WriteString(*show.pattern);
  }
  WriteOptional(" WHERE ", show.where);
  if (!show.order_by.empty()) {
    Write(" ORDER BY ");
    WriteOrder(show.order_by);
  }
  WriteOptional(" LIMIT ", show.limit);
  WriteOptional(" OFFSET ", show.offset);
}

void Printer::PrintDescribe(const DescribeStatement& describe) {
  Write("DESC ");
  if (describe.table_function != nullptr) return PrintRelation(*describe.table_function);
  PrintName(describe.table);
  WriteIf(describe.all, " ALL");
  if (describe.column.empty()) return;
  Write(" ");
  WriteName(describe.column);
}

// ---- SET ----

void Printer::PrintScope(VariableScope scope) {
  switch (scope) {
    case VariableScope::kDefault: return;
    case VariableScope::kSession: return Write("session.");
    case VariableScope::kGlobal: return Write("global.");
    case VariableScope::kVerbose: return Write("verbose.");
  }
}

void Printer::PrintSet(const SetStatement& set) {
  Write("SET ");
  WriteList(set.items, [&](const SetItem& item) { PrintSetItem(item); });
}

void Printer::PrintSetItem(const SetItem& item) {
  const auto charset = [&](const std::string& name) {
    name.empty() ? Write("DEFAULT") : WriteString(name);
  };
  std::visit(Overloaded{
                 [&](const SetVariable& v) {
                   Write("@@");
                   PrintScope(v.scope);
                   WriteName(v.name);
                   WriteOptional(" = ", v.value);
                 },
                 [&](const SetUserVariable& v) {
                   Write("@");
                   WriteName(v.name);
                   WriteOptional(" = ", v.value);
                 },
                 [&](const SetNames& names) {
                   Write("NAMES ");
                   charset(names.charset);
                   if (names.collation.empty()) return;
                   Write(" COLLATE ");
                   WriteString(names.collation);
                 },
                 [&](const SetCharacterSet& set) {
                   Write("CHARACTER SET ");
                   charset(set.charset);
                 },
                 [&](const SetTransaction& t) {
                   if (t.scope == VariableScope::kGlobal) Write("GLOBAL ");
                   if (t.scope == VariableScope::kSession) Write("SESSION ");
                   Write("TRANSACTION ");
                   if (!t.isolation.empty()) {
                     Write("ISOLATION LEVEL ");
                     Write(t.isolation);
                     WriteIf(t.read_only.has_value(), ", ");
                   }
                   if (t.read_only) Write(*t.read_only ? "READ ONLY" : "READ WRITE");
                 },
                 [&](const SetPassword& p) {
                   Write("PASSWORD");
                   if (p.user) {
                     Write(" FOR ");
                     PrintUser(*p.user);
                   }
                   Write(p.is_hash ? " = '***'" : " = PASSWORD('***')");
                 },
                 [&](const SetUserProperty& p) {
                   Write("PROPERTY ");
                   if (p.user) {
                     Write("FOR ");
                     PrintUser(*p.user);
                     Write(" ");
                   }
                   WriteList(p.properties, [&](const Property& property) {
                     WriteString(property.key);
                     Write(" = ");
                     WriteString(property.value);
                   });
                 },
                 [&](const SetWarehouse& w) {
                   Write("WAREHOUSE = ");
                   WriteName(w.name);
                 },
             },
             item.action);
}

void Printer::WriteRoles(const std::vector<std::string>& roles) {
  WriteList(roles, [&](const std::string& role) { WriteString(role); });
}

void Printer::PrintRoleChoice(SetRoleStatement::Which which,
                              const std::vector<std::string>& roles) {
  switch (which) {
    case SetRoleStatement::Which::kListed: return WriteRoles(roles);
    case SetRoleStatement::Which::kDefault: return Write("DEFAULT");
    case SetRoleStatement::Which::kNone: return Write("NONE");
    case SetRoleStatement::Which::kAll:
      Write("ALL");
      if (roles.empty()) return;
      Write(" EXCEPT ");
      return WriteRoles(roles);
  }
}

// ---- a connection's statements ----

void Printer::PrintSessionStatement(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kSet: return PrintSet(As<SetStatement>(statement));
    case StatementKind::kSetRole:
      Write("SET ROLE ");
      return PrintRoleChoice(As<SetRoleStatement>(statement).which,
                             As<SetRoleStatement>(statement).roles);
    case StatementKind::kSetDefaultRole:
      Write("SET DEFAULT ROLE ");
      PrintRoleChoice(As<SetDefaultRoleStatement>(statement).which,
                      As<SetDefaultRoleStatement>(statement).roles);
      Write(" TO ");
      return PrintUser(As<SetDefaultRoleStatement>(statement).user);
    case StatementKind::kKill: {
      const auto& kill = As<KillStatement>(statement);
      Write(kill.query_only ? "KILL QUERY " : "KILL ");
      if (kill.connection_id) return Write(std::to_string(*kill.connection_id));
      return WriteString(kill.query_id);
    }
    case StatementKind::kBegin: {
      const auto& begin = As<BeginStatement>(statement);
      Write("START TRANSACTION");
      WriteIf(begin.read_only, " READ ONLY");
      if (!begin.label) return;
      Write(" WITH LABEL ");
      return WriteName(*begin.label);
    }
    case StatementKind::kCommit: return Write("COMMIT");
    case StatementKind::kRollback: return Write("ROLLBACK");
    case StatementKind::kPrepare:
      Write("PREPARE ");
      WriteName(As<PrepareStatement>(statement).name);
      Write(" FROM ");
      return WriteString(As<PrepareStatement>(statement).text);
    case StatementKind::kExecute: {
      const auto& execute = As<ExecuteStatement>(statement);
      Write("EXECUTE ");
      WriteName(execute.name);
      if (execute.variables.empty()) return;
      Write(" USING ");
      return WriteList(execute.variables, [&](const std::string& variable) {
        Write("@");
        WriteName(variable);
      });
    }
    case StatementKind::kDeallocate:
      Write("DEALLOCATE PREPARE ");
      return WriteName(As<DeallocateStatement>(statement).name);
    case StatementKind::kLockTables:
      Write("LOCK TABLES ");
      return WriteList(As<LockTablesStatement>(statement).tables, [&](const ObjectName& name) {
        PrintName(name);
        Write(" READ");
      });
    case StatementKind::kUnlockTables: return Write("UNLOCK TABLES");
    case StatementKind::kAnalyzeTable: {
      const auto& analyze = As<AnalyzeTableStatement>(statement);
      Write(analyze.sample ? "ANALYZE SAMPLE TABLE " : "ANALYZE TABLE ");
      PrintName(analyze.table);
      if (!analyze.columns.empty()) {
        Write(" ");
        WriteNameList(analyze.columns);
      }
      return WriteKeywordProperties(analyze.properties);
    }
    case StatementKind::kAnalyzeProfile: {
      const auto& analyze = As<AnalyzeProfileStatement>(statement);
      Write("ANALYZE PROFILE FROM ");
      WriteString(analyze.query_id);
      for (const std::int64_t node : analyze.nodes) Write(", " + std::to_string(node));
      return;
    }
    case StatementKind::kAdminSetConfig:
      Write("ADMIN SET FRONTEND CONFIG ");
      return WriteProperties(As<AdminSetConfigStatement>(statement).properties);
    case StatementKind::kCall:
      Write("CALL ");
      PrintName(As<CallStatement>(statement).procedure);
      return PrintArguments(As<CallStatement>(statement).arguments);
    default: return;
  }
}

// ---- users ----

void Printer::PrintUser(const UserName& user) {
  if (user.current) return Write("CURRENT_USER()");
  WriteString(user.name);
  Write("@");
  WriteString(user.host);
}

void Printer::PrintAuthentication(const std::optional<Authentication>& authentication) {
  if (!authentication) return;
  Write(" IDENTIFIED ");
  if (authentication->plugin.empty())
    return Write(authentication->is_hash ? "BY PASSWORD '***'" : "BY '***'");
  Write("WITH ");
  WriteName(authentication->plugin);
  Write(authentication->is_hash ? " AS '***'" : " BY '***'");
}

void Printer::PrintUserStatement(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kExecuteAs:
      Write("EXECUTE AS ");
      PrintUser(As<ExecuteAsStatement>(statement).user);
      return WriteIf(As<ExecuteAsStatement>(statement).no_revert, " WITH NO REVERT");
    case StatementKind::kCreateUser: {
      const auto& create = As<CreateUserStatement>(statement);
      Write("CREATE USER ");
      WriteIf(create.if_not_exists, "IF NOT EXISTS ");
      PrintUser(create.user);
      PrintAuthentication(create.authentication);
      if (!create.default_roles.empty()) {
        Write(" DEFAULT ROLE ");
        WriteRoles(create.default_roles);
      }
      return WriteKeywordProperties(create.properties);
    }
    case StatementKind::kAlterUser: {
      const auto& alter = As<AlterUserStatement>(statement);
      Write("ALTER USER ");
      WriteIf(alter.if_exists, "IF EXISTS ");
      PrintUser(alter.user);
      PrintAuthentication(alter.authentication);
      if (alter.default_role) {
        Write(" DEFAULT ROLE ");
        PrintRoleChoice(*alter.default_role, alter.default_roles);
      }
      if (alter.properties.empty()) return;
      Write(" SET");
      return WriteKeywordProperties(alter.properties);
    }
    case StatementKind::kDropUser:
      Write("DROP USER ");
      WriteIf(As<DropUserStatement>(statement).if_exists, "IF EXISTS ");
      return PrintUser(As<DropUserStatement>(statement).user);
    case StatementKind::kCreateRole:
      Write("CREATE ROLE ");
      WriteIf(As<CreateRoleStatement>(statement).if_not_exists, "IF NOT EXISTS ");
      WriteRoles(As<CreateRoleStatement>(statement).roles);
      return WriteComment(As<CreateRoleStatement>(statement).comment);
    case StatementKind::kDropRole:
      Write("DROP ROLE ");
      WriteIf(As<DropRoleStatement>(statement).if_exists, "IF EXISTS ");
      return WriteRoles(As<DropRoleStatement>(statement).roles);
    case StatementKind::kGrantPrivileges:
    case StatementKind::kRevokePrivileges: {
      const auto* grant = AsIf<GrantPrivilegesStatement>(statement);
      const auto* revoke = AsIf<RevokePrivilegesStatement>(statement);
      Write(grant != nullptr ? "GRANT " : "REVOKE ");
      WriteList(grant != nullptr ? grant->privileges : revoke->privileges,
                [&](const std::string& privilege) { Write(privilege); });
      Write(" ON ");
      PrintObject(grant != nullptr ? grant->object : revoke->object);
      Write(grant != nullptr ? " TO " : " FROM ");
      PrintGrantee(grant != nullptr ? grant->grantee : revoke->grantee);
      return WriteIf(grant != nullptr && grant->with_grant_option, " WITH GRANT OPTION");
    }
    case StatementKind::kGrantRoles:
      Write("GRANT ");
      WriteRoles(As<GrantRolesStatement>(statement).roles);
      Write(" TO ");
      return PrintGrantee(As<GrantRolesStatement>(statement).grantee);
    case StatementKind::kRevokeRoles:
      Write("REVOKE ");
      WriteRoles(As<RevokeRolesStatement>(statement).roles);
      Write(" FROM ");
      return PrintGrantee(As<RevokeRolesStatement>(statement).grantee);
    default: return;
  }
}

void Printer::PrintObject(const PrivilegeObject& object) {
  WriteIf(object.all, "ALL ");
  Write(object.type);
  WriteIf(object.all, "S");
  if (object.in_all_databases) return Write(" IN ALL DATABASES");
  if (!object.in_database.empty()) {
    Write(" IN DATABASE ");
    return WriteName(object.in_database);
  }
  if (object.all || object.type == "SYSTEM") return;
  Write(" ");
  WriteList(object.users, [&](const UserName& user) { PrintUser(user); });
  WriteList(object.names, [&](const ObjectName& name) {
    WriteList(
        name.parts, [&](const std::string& part) { part == "*" ? Write(part) : WriteName(part); },
        ".");
  });
}

void Printer::PrintGrantee(const Grantee& grantee) {
  switch (grantee.kind) {
    case Grantee::Kind::kUser: return PrintUser(grantee.user);
    case Grantee::Kind::kRole: Write("ROLE "); break;
    case Grantee::Kind::kGroup: Write("EXTERNAL GROUP "); break;
  }
  WriteString(grantee.name);
}

}  // namespace firn::sql
