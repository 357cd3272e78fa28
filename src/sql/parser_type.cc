#include <fmt/format.h>

#include "sql/parser_internal.h"

namespace firn::sql {
namespace {

std::optional<TypeKind> TypeKindOf(Keyword keyword) {
  switch (keyword) {
    case Keyword::kBoolean: return TypeKind::kBoolean;
    case Keyword::kTinyint: return TypeKind::kTinyInt;
    case Keyword::kSmallint: return TypeKind::kSmallInt;
    case Keyword::kInt:
    case Keyword::kInteger: return TypeKind::kInt;
    case Keyword::kBigint: return TypeKind::kBigInt;
    case Keyword::kLargeint: return TypeKind::kLargeInt;
    case Keyword::kFloat: return TypeKind::kFloat;
    case Keyword::kDouble: return TypeKind::kDouble;
    case Keyword::kDecimal:
    case Keyword::kDecimalv2:
    case Keyword::kDecimal32:
    case Keyword::kDecimal64:
    case Keyword::kDecimal128:
    case Keyword::kDecimal256:
    case Keyword::kNumeric:
    case Keyword::kNumber: return TypeKind::kDecimal;
    case Keyword::kDate: return TypeKind::kDate;
    case Keyword::kDatetime:
    case Keyword::kTimestamp: return TypeKind::kDateTime;
    case Keyword::kTime: return TypeKind::kTime;
    case Keyword::kChar:
    case Keyword::kCharacter: return TypeKind::kChar;
    case Keyword::kVarchar: return TypeKind::kVarchar;
    case Keyword::kString:
    case Keyword::kText: return TypeKind::kString;
    case Keyword::kBinary:
    case Keyword::kVarbinary: return TypeKind::kBinary;
    case Keyword::kJson: return TypeKind::kJson;
    case Keyword::kVariant: return TypeKind::kVariant;
    case Keyword::kBitmap: return TypeKind::kBitmap;
    case Keyword::kHll: return TypeKind::kHll;
    case Keyword::kPercentile: return TypeKind::kPercentile;
    case Keyword::kSigned: return TypeKind::kSigned;
    case Keyword::kUnsigned: return TypeKind::kUnsigned;
    case Keyword::kArray: return TypeKind::kArray;
    case Keyword::kMap: return TypeKind::kMap;
    case Keyword::kStruct: return TypeKind::kStruct;
    default: return std::nullopt;
  }
}

// What an error lists: one word a kind.
constexpr Keyword kUsualTypes[] = {Keyword::kBoolean,  Keyword::kTinyint,   Keyword::kSmallint,
                                   Keyword::kInt,      Keyword::kBigint,    Keyword::kFloat,
                                   Keyword::kDouble,   Keyword::kDecimal,   Keyword::kDate,
                                   Keyword::kDatetime, Keyword::kChar,      Keyword::kVarchar,
                                   Keyword::kString,   Keyword::kVarbinary, Keyword::kJson,
                                   Keyword::kArray,    Keyword::kMap,       Keyword::kStruct};

}  // namespace

Result<TypeName> Parser::ParseType() {
  const DepthScope scope(depth_);
  if (depth_ > kNestingDepthMax) return TooDeep();
  const std::optional<TypeKind> kind = TypeKindOf(current_.keyword);
  if (!kind) {
    for (const Keyword keyword : kUsualTypes) expected_.Add(keyword);
    return Fail();
  }
  TypeName type;
  type.kind = *kind;
  type.position = position();
  type.word = KeywordText(current_.keyword);
  Advance();
  FIRN_TRY(ParseTypeParameters(type));
  return type;
}

Status Parser::ParseTypeParameters(TypeName& type) {
  switch (type.kind) {
    case TypeKind::kArray:
    case TypeKind::kMap: {
      FIRN_TRY(Expect(Symbol::kLess));
      FIRN_ASSIGN_OR_RETURN(TypeName first, ParseType());
      type.elements.push_back(std::move(first));
      if (type.kind == TypeKind::kMap) {
        FIRN_TRY(Expect(Symbol::kComma));
        FIRN_ASSIGN_OR_RETURN(TypeName second, ParseType());
        type.elements.push_back(std::move(second));
      }
      return Expect(Symbol::kGreater);
    }
    case TypeKind::kStruct: return ParseStructFields(type);
    case TypeKind::kDecimal: {
      if (!Accept(Symbol::kLeftParen)) return Ok();
      FIRN_ASSIGN_OR_RETURN(const int64_t precision, ParseInteger());
      int64_t scale = 0;
      if (Accept(Symbol::kComma)) {
        FIRN_ASSIGN_OR_RETURN(scale, ParseInteger());
      }
      if (precision < 1 || precision > 76 || scale > precision) {
        return Complain(
            fmt::format("DECIMAL({}, {}) is not a type: precision is 1 to 76, scale 0 to precision",
                        precision, scale));
      }
      type.precision = static_cast<int>(precision);
      type.scale = static_cast<int>(scale);
      return Expect(Symbol::kRightParen);
    }
    case TypeKind::kSigned:
    case TypeKind::kUnsigned:
      if (!Accept(Keyword::kInt)) Accept(Keyword::kInteger);
      return Ok();
    default: break;
  }
  const auto skip_charset = [&]() -> Status {
    // MySQL's CHAR(10) CHARACTER SET utf8: there is one character set.
    if (type.kind != TypeKind::kChar || !Accept(Keyword::kCharacter, Keyword::kSet)) return Ok();
    FIRN_TRY(ParseNameOrString());
    return Ok();
  };
  if (!Accept(Symbol::kLeftParen)) return skip_charset();
  const bool sized = type.kind == TypeKind::kChar || type.kind == TypeKind::kVarchar ||
                     type.kind == TypeKind::kBinary;
  if (sized && Accept(Symbol::kStar)) return Expect(Symbol::kRightParen);
  FIRN_ASSIGN_OR_RETURN(const int64_t length, ParseInteger());
  if (sized) type.length = length;  // Else a display width.
  FIRN_TRY(Expect(Symbol::kRightParen));
  return skip_charset();
}

Status Parser::ParseStructFields(TypeName& type) {
  FIRN_TRY(Expect(Symbol::kLess));
  do {
    FIRN_ASSIGN_OR_RETURN(std::string name, ParseName());
    Accept(Symbol::kColon);  // Hive's `a: int`, which SHOW and other engines print.
    FIRN_ASSIGN_OR_RETURN(TypeName element, ParseType());
    FIRN_ASSIGN_OR_RETURN(std::optional<std::string> comment, ParseComment());
    type.field_names.push_back(std::move(name));
    type.elements.push_back(std::move(element));
    type.field_comments.push_back(comment.value_or(""));
  } while (Accept(Symbol::kComma));
  return Expect(Symbol::kGreater);
}

}  // namespace firn::sql
