#pragma once

/// The whole syntax tree. Reading order: position, literal, type_name, expression, query,
/// statement.

#include "sql/expression.h"
#include "sql/literal.h"
#include "sql/position.h"
#include "sql/query.h"
#include "sql/statement.h"
#include "sql/type_name.h"
