#pragma once

#include "engine/duck/function_table_internal.h"

/// The functions that lower to more than one call, or to none. Named by the rows of
/// function_table.cc.

namespace firn::duck {

Result<Parsed> RewriteAppendTrailing(CallLowering& call);
Result<Parsed> RewriteArrayConcat(CallLowering& call);
Result<Parsed> RewriteArrayFilter(CallLowering& call);
Result<Parsed> RewriteArrayMap(CallLowering& call);
Result<Parsed> RewriteArrayPosition(CallLowering& call);
Result<Parsed> RewriteArraySlice(CallLowering& call);
Result<Parsed> RewriteAverage(CallLowering& call);
Result<Parsed> RewriteConcat(CallLowering& call);
Result<Parsed> RewriteConvertTz(CallLowering& call);
Result<Parsed> RewriteCount(CallLowering& call);
Result<Parsed> RewriteCountDistinct(CallLowering& call);
Result<Parsed> RewriteGrouping(CallLowering& call);
Result<Parsed> RewriteCurrentDate(CallLowering& call);
Result<Parsed> RewriteCurrentTime(CallLowering& call);
Result<Parsed> RewriteDateAdd(CallLowering& call);
Result<Parsed> RewriteDateDiff(CallLowering& call);
Result<Parsed> RewriteDayDiff(CallLowering& call);
Result<Parsed> RewriteDayOfWeek(CallLowering& call);
Result<Parsed> RewriteE(CallLowering& call);
Result<Parsed> RewriteField(CallLowering& call);
Result<Parsed> RewriteFromDays(CallLowering& call);
Result<Parsed> RewriteFromUnixTime(CallLowering& call);
Result<Parsed> RewriteGetJson(CallLowering& call);
Result<Parsed> RewriteGroupConcat(CallLowering& call);
Result<Parsed> RewriteIsNotNull(CallLowering& call);
Result<Parsed> RewriteIsNull(CallLowering& call);
Result<Parsed> RewriteJsonQuery(CallLowering& call);
Result<Parsed> RewriteLocate(CallLowering& call);
Result<Parsed> RewriteLogarithm(CallLowering& call);
Result<Parsed> RewriteMakeDate(CallLowering& call);
Result<Parsed> RewriteMd5Sum(CallLowering& call);
Result<Parsed> RewriteNamedStruct(CallLowering& call);
Result<Parsed> RewriteNow(CallLowering& call);
Result<Parsed> RewriteNullIf(CallLowering& call);
Result<Parsed> RewriteNullOrEmpty(CallLowering& call);
Result<Parsed> RewritePad(CallLowering& call);
Result<Parsed> RewriteParseJson(CallLowering& call);
Result<Parsed> RewritePositiveModulo(CallLowering& call);
Result<Parsed> RewriteRandom(CallLowering& call);
Result<Parsed> RewriteRegexpReplace(CallLowering& call);
Result<Parsed> RewriteRound(CallLowering& call);
Result<Parsed> RewriteRow(CallLowering& call);
Result<Parsed> RewriteSame(CallLowering& call);
Result<Parsed> RewriteSession(CallLowering& call);
Result<Parsed> RewriteSha2(CallLowering& call);
Result<Parsed> RewriteSpace(CallLowering& call);
Result<Parsed> RewriteSquare(CallLowering& call);
Result<Parsed> RewriteSquareRoot(CallLowering& call);
Result<Parsed> RewriteStr2Date(CallLowering& call);
Result<Parsed> RewriteStringAgg(CallLowering& call);
Result<Parsed> RewriteSubstring(CallLowering& call);
Result<Parsed> RewriteSum(CallLowering& call);
Result<Parsed> RewriteTimestampAdd(CallLowering& call);
Result<Parsed> RewriteTimestampDiff(CallLowering& call);
Result<Parsed> RewriteToBigInt(CallLowering& call);
Result<Parsed> RewriteToDays(CallLowering& call);
Result<Parsed> RewriteTruncate(CallLowering& call);
Result<Parsed> RewriteUnitsAdd(CallLowering& call);
Result<Parsed> RewriteUnitsDiff(CallLowering& call);
Result<Parsed> RewriteUnixTimestamp(CallLowering& call);
Result<Parsed> RewriteUtcTimestamp(CallLowering& call);
Result<Parsed> RewriteUuid(CallLowering& call);
Result<Parsed> RewriteWeek(CallLowering& call);
Result<Parsed> RewriteWeekday(CallLowering& call);

}  // namespace firn::duck
