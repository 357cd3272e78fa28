#include "engine/duck/engine_testing.h"

namespace firn::duck {
namespace {

struct Case {
  const char* text;
  const char* answer;
};

class LowerTest : public EngineTest {
 protected:
  void Check(std::initializer_list<Case> cases) {
    for (const Case& one : cases) EXPECT_EQ(Query(one.text), one.answer) << one.text;
  }
  void SetUp() override {
    EngineTest::SetUp();
    MemoryTable people;
    people.columns = {{"id", {.kind = rows::TypeKind::kInt}},
                      {"name", {.kind = rows::TypeKind::kVarchar}},
                      {"team", {.kind = rows::TypeKind::kVarchar}},
                      {"pay", {.kind = rows::TypeKind::kDecimal, .precision = 8, .scale = 2}},
                      {"born", {.kind = rows::TypeKind::kDate}}};
    people.rows = {{"1", "ann", "red", "10.50", "2000-01-31"},
                   {"2", "bob", "red", "20.00", "1999-12-31"},
                   {"3", "cid", "blue", std::nullopt, std::nullopt},
                   {"4", "dan", std::nullopt, "5.25", "2004-02-29"}};
    tables_.tables["lake.db.people"] = people;
    MemoryTable teams;
    teams.columns = {{"team", {.kind = rows::TypeKind::kVarchar}},
                     {"city", {.kind = rows::TypeKind::kVarchar}}};
    teams.rows = {{"red", "Oslo"}, {"green", "Rome"}};
    tables_.tables["lake.db.teams"] = teams;
    tables_.tables["other.Big Data.`x`"] = teams;
  }
};

TEST_F(LowerTest, LiteralsAndArithmetic) {
  Check({{"select 1", "1"},
         {"select 1+1, 127+1, 2147483647+1, -5", "2|128|2147483648|-5"},
         {"select 7/2, 7 div 2, 7 % 4, 1/0, 5 div 0, 5 % 0", "3.5|3|3|NULL|NULL|NULL"},
         {"select '5'+3, 'abc'+1, '2'*'3'", "8|NULL|6"},
         {"select 1.5+1, 1.25*2, 1.5*1.5", "2.5|2.50|2.25"},
         {"select 10.0/4, 1.00/3", "2.5000000|0.33333333"},
         {"select 1e3, 1.5e0 * 2", "1000|3"},
         {"select 170141183460469231731687303715884105727",
          "170141183460469231731687303715884105727"},
         {"select 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 bitshiftleft 3", "1|7|6|-6|8"},
         {"select true, false, null, not true, true and null, false and null, true or null",
          "1|0|NULL|0|NULL|0|1"},
         {"select true xor false, true xor true", "1|0"},
         {"select date '2024-02-29', datetime '2024-02-29 10:00:00'",
          "2024-02-29|2024-02-29 10:00:00"},
         {"select x'4142'", "AB"}});
}

TEST_F(LowerTest, Comparisons) {
  Check({{"select '5' = 5, 'abc' = 5, '5.0' = 5, 'a' = 'A', 'a' = 'a '", "1|NULL|1|0|0"},
         {"select 1 < 2, 2 <= 2, 3 <> 3, 3 != 4, 1 <=> null, null <=> null", "1|1|0|1|0|1"},
         {"select date '2024-01-01' = '2024-01-01', date '2024-01-01' < '2024-01-01 00:00:01'",
          "1|1"},
         {"select datetime '2024-01-01 10:00:00' > '2024-01-01', date '2024-01-01' = 20240101",
          "1|1"},
         {"select 2 in (1, 2), 2 in ('1', '2'), 5 in (1, null), 5 not in (1, 2)", "1|1|NULL|1"},
         {"select 2 between 1 and 3, 'b' not between 'a' and 'c'", "1|0"},
         {"select 'abc' like 'a%', 'abc' like '_b_', 'a%c' like 'a\\\\%c', 'abc' like 'a\\\\%c'",
          "1|1|1|0"},
         {"select 'abc' regexp '^a.c$', 'abc' rlike 'x', 'abc' not like 'z%'", "1|0|1"},
         {"select null is null, 1 is not null, true is true, null is true, false is not true",
          "1|1|1|0|1"}});
}

TEST_F(LowerTest, Choices) {
  Check({{"select case when 1 > 2 then 'a' when 2 > 1 then 'b' else 'c' end", "b"},
         {"select case 3 when 1 then 'one' when 3 then 'three' end", "three"},
         {"select case when true then 1 else 'x' end", "1"},
         {"select if(1 > 2, 'y', 'n'), ifnull(null, 3), nvl(null, 'x'), coalesce(null, null, 2)",
          "n|3|x|2"},
         {"select nullif(1, 1), nullif(1, 2), isnull(null), isnotnull(null)", "NULL|1|1|0"},
         {"select greatest(1, 2, 3), least(1, 2), greatest(1, null)", "3|1|NULL"}});
}

TEST_F(LowerTest, Casts) {
  Check(
      {{"select cast('12' as int), cast('x' as int), cast('12.7' as int), cast(12.7 as int), "
        "cast(-1.9 as int)",
        "12|NULL|12|12|-1"},
       {"select cast(300 as tinyint), cast('99999999999' as int)", "NULL|NULL"},
       {"select cast('1.239' as decimal(5,2)), cast('x' as decimal(5,2)), cast(123456 as "
        "decimal(4,2))",
        "1.24|NULL|NULL"},
       {"select cast('2024-1-5' as date), cast('20240105' as date), cast('2024-02-30' as date)",
        "2024-01-05|2024-01-05|NULL"},
       {"select cast('2024-01-05 1:02:03' as datetime), cast(20240105 as date)",
        "2024-01-05 01:02:03|2024-01-05"},
       {"select cast(1 as string), cast(true as string), cast(1.0 as string), cast(1e0 as string)",
        "1|1|1.0|1"},
       {"select cast(date '2024-01-05' as datetime), cast(datetime '2024-01-05 10:00:00' as date)",
        "2024-01-05 00:00:00|2024-01-05"},
       {"select cast(date '2024-01-05' as int), cast(1 as boolean), cast('true' as boolean)",
        "20240105|1|1"},
       {"select convert('7', signed), cast(5 as largeint)", "7|5"}});
}

TEST_F(LowerTest, Strings) {
  Check(
      {{"select concat('a', 1, 'b'), concat('a', null), concat_ws(',', 'a', null, 'b')",
        "a1b|NULL|a,b"},
       {"select substring('hello', 2, 3), substr('hello', -3), substring('hello', 0, 2), "
        "substring('a', 5)",
        "ell|llo||"},
       {"select length('é'), char_length('é'), upper('abc'), lcase('ABC'), reverse('abc')",
        "2|1|ABC|abc|cba"},
       {"select instr('foobar', 'bar'), locate('bar', 'foobarbar', 5), locate('x', 'abc')",
        "4|7|0"},
       {"select left('hello', 2), right('hello', 2), lpad('7', 3, '0'), rpad('7', 3, '0'), "
        "repeat('ab', 2)",
        "he|lo|007|700|abab"},
       {"select trim('  a '), ltrim('  a'), rtrim('a  '), replace('aba', 'a', 'c')", "a|a|a|cbc"},
       {"select substring_index('a.b.c', '.', 2), substring_index('a.b.c', '.', -1), "
        "find_in_set('b', 'a,b,c')",
        "a.b|c|2"},
       {"select split('a,b', ','), split_part('a,b', ',', 2), starts_with('abc', 'ab'), "
        "ends_with('abc', 'bc')",
        "[\"a\",\"b\"]|b|1|1"},
       {"select strcmp('a', 'b'), space(2), field('b', 'a', 'b'), ascii('A'), hex('A'), "
        "initcap('ab cd')",
        "-1|  |2|65|41|Ab Cd"},
       {"select regexp_extract('a12b', '[0-9]+', 0), regexp_replace('a1b2', '[0-9]', 'x')",
        "12|axbx"},
       {"select md5('a'), null_or_empty(''), upper(12)", "0cc175b9c0f1b6a831c399e269772661|1|12"}});
  scope_.pipes_as_concat = true;
  Check({{"select 'a' || 'b' || null", "NULL"}, {"select 'a' || 1", "a1"}});
  scope_.pipes_as_concat = false;
  Check({{"select true || false", "1"}});
}

TEST_F(LowerTest, Dates) {
  Check(
      {{"select date_add('2024-01-31', interval 1 month), date_sub('2024-03-01', interval 1 day)",
        "2024-02-29 00:00:00|2024-02-29 00:00:00"},
       {"select date '2024-01-01' + interval 2 hour, datetime '2024-01-01 00:00:00' - interval 1 "
        "second",
        "2024-01-01 02:00:00|2023-12-31 23:59:59"},
       {"select days_add('2024-01-01', 1), months_add('2024-01-31', 1), adddate('2024-01-01', 3)",
        "2024-01-02 00:00:00|2024-02-29 00:00:00|2024-01-04 00:00:00"},
       {"select datediff('2024-03-01', '2024-02-28'), timestampdiff(month, '2024-01-31', "
        "'2024-03-01')",
        "2|1"},
       {"select timestampadd(minute, 90, '2024-01-01'), date_diff('hour', '2024-01-02', "
        "'2024-01-01')",
        "2024-01-01 01:30:00|24"},
       {"select year('2024-05-17'), quarter('2024-05-17'), month('2024-05-17'), day('2024-05-17'), "
        "hour('2024-05-17 13:14:15'), minute('2024-05-17 13:14:15'), second('2024-05-17 13:14:15')",
        "2024|2|5|17|13|14|15"},
       {"select dayofweek('2024-05-17'), weekday('2024-05-17'), dayofyear('2024-05-17'), "
        "dayname('2024-05-17'), "
        "monthname('2024-05-17'), week('2024-05-17'), weekofyear('2024-05-17')",
        "6|4|138|Friday|May|19|20"},
       {"select date_format('2024-05-07 13:04:05', '%Y/%m/%d %H:%i:%s %a %b %e %p'), "
        "date_format('2024-05-07', '%y%m%d')",
        "2024/05/07 13:04:05 Tue May 7 PM|240507"},
       {"select str_to_date('07/05/2024 01:02', '%d/%m/%Y %H:%i'), str2date('2024-05-07', "
        "'%Y-%m-%d'), "
        "str_to_date('x', '%Y')",
        "2024-05-07 01:02:00|2024-05-07|NULL"},
       {"select date_trunc('month', '2024-05-17 10:00:00'), date_trunc('day', date '2024-05-17')",
        "2024-05-01 00:00:00|2024-05-17"},
       {"select last_day('2024-02-01'), to_days('2024-01-01'), from_days(739251), makedate(2024, "
        "60)",
        "2024-02-29|739251|2024-01-01|2024-02-29"},
       {"select extract(year from '2024-05-17'), to_date('2024-05-17 10:00:00')",
        "2024|2024-05-17"},
       {"select unix_timestamp('1970-01-02'), from_unixtime(86400), from_unixtime(0, '%Y')",
        "86400|1970-01-02 00:00:00|1970"}});
  scope_.time_zone = "+08:00";
  Check({{"select unix_timestamp('1970-01-01 08:00:00'), from_unixtime(0)",
          "0|1970-01-01 08:00:00"}});
  scope_.time_zone = "America/New_York";
  Check({{"select from_unixtime(0), convert_tz('2024-01-01 00:00:00', 'UTC', 'Asia/Tokyo')",
          "1969-12-31 19:00:00|2024-01-01 09:00:00"}});
  scope_.time_zone = "Mars/Olympus";
  EXPECT_THAT(TryQuery("select 1"),
              testing::IsError(ErrorCode::kInvalidArgument, "UnknownTimeZone"));
}

TEST_F(LowerTest, Numbers) {
  Check({{"select abs(-5), ceil(1.2), floor(-1.2), round(2.567, 2), round(2.5), truncate(2.567, "
          "1), mod(7, 3)",
          "5|2|-2|2.57|3|2.5|1"},
         {"select pow(2, 10), sqrt(9), sqrt(-1), ln(1), log(-1), log(2, 8), log10(100), sign(-3)",
          "1024|3|NULL|0|NULL|3|2|-1"},
         {"select pi() > 3.14, pmod(-7, 3), bin(5), square(3)", "1|2|101|9"}});
}

TEST_F(LowerTest, Aggregates) {
  Check(
      {{"select count(*), count(pay), sum(pay), avg(pay), min(name), max(id) from people",
        "4|3|35.75|11.91666667|ann|4"},
       {"select sum(id), avg(id), sum(name), count(distinct team), count(distinct team, id) from "
        "people",
        "10|2.5|NULL|2|3"},
       {"select team, count(*) c from people group by team order by team", "NULL|1\nblue|1\nred|2"},
       {"select team, sum(pay) s from people group by 1 having sum(pay) > 6 order by s desc",
        "red|30.50"},
       {"select group_concat(name order by id desc separator '-') from people", "dan-cid-bob-ann"},
       {"select group_concat(name) from people where team = 'red'", "ann,bob"},
       {"select approx_count_distinct(team), count_if(id > 2), any_value(team) is not null from "
        "people",
        "2|2|1"},
       {"select stddev(id), variance(id), var_samp(id) from people",
        "1.118033988749895|1.25|1.6666666666666667"},
       {"select team, name, count(*) from people where team='red' group by rollup(team, name) "
        "order by 1, 2",
        "NULL|NULL|2\nred|NULL|2\nred|ann|1\nred|bob|1"},
       {"select array_agg(id order by id) from people", "[1,2,3,4]"},
       {"select max_by(name, pay) from people", "bob"},
       {"select sum(x) from (select 9223372036854775807 x) t", "9223372036854775807"}});
}

TEST_F(LowerTest, Queries) {
  Check({{"select p.name, t.city from people p join teams t on p.team = t.team order by 1",
          "ann|Oslo\nbob|Oslo"},
         {"select p.name, t.city from people p left join teams t using (team) order by 1",
          "ann|Oslo\nbob|Oslo\ncid|NULL\ndan|NULL"},
         {"select name from people left semi join teams on people.team = teams.team order by 1",
          "ann\nbob"},
         {"select name from people left anti join teams on people.team = teams.team order by 1",
          "cid\ndan"},
         {"select count(*) from people, teams", "8"},
         {"select name from people where team in (select team from teams) order by 1", "ann\nbob"},
         {"select name from people p where exists (select 1 from teams t where t.team = p.team) "
          "order by 1",
          "ann\nbob"},
         {"select (select max(city) from teams)", "Rome"},
         {"with a as (select id from people where id < 3), b(x) as (select id + 1 from a) select * "
          "from b order by x",
          "2\n3"},
         {"select 1 union select 1 union all select 2 order by 1", "1\n2"},
         {"select 1 union all select 'a'", "1\na"},
         {"select id from people except select 1 order by 1", "2\n3\n4"},
         {"select id from people intersect select 2", "2"},
         {"select id from people order by id desc limit 1, 2", "3\n2"},
         {"select id from people order by id limit 2 offset 1", "2\n3"},
         {"select team from people order by team", "NULL\nblue\nred\nred"},
         {"select team from people order by team desc", "red\nred\nblue\nNULL"},
         {"select distinct team from people order by team nulls last", "blue\nred\nNULL"},
         {"select * from (values (1, 'a'), (2, 'b')) t(x, y) where x = 2", "2|b"},
         {"select db.people.name from db.people where lake.db.people.id = 1", "ann"},
         {"select NAME, Name as N from people where ID = 1", "ann|ann"},
         {"select name, row_number() over (order by id desc) r from people order by id",
          "ann|4\nbob|3\ncid|2\ndan|1"},
         {"select id, sum(id) over (order by id rows between 1 preceding and current row) s from "
          "people order by id",
          "1|1\n2|3\n3|5\n4|7"},
         {"select id, lag(id, 1, 0) over (order by id), lead(id) over (order by id) from people "
          "order by id limit 2",
          "1|0|2\n2|1|3"},
         {"select city from other.`Big Data`.```x``` order by 1", "Oslo\nRome"},
         {"(select 1) union all (select 2 order by 1 limit 1) order by 1", "1\n2"},
         {"with recursive n as (select 1 as i union all select i + 1 from n where i < 3) select * "
          "from n order by 1",
          "1\n2\n3"},
         {"select * exclude (born, pay) from people where id = 1", "1|ann|red"}});
}

TEST_F(LowerTest, Collections) {
  Check(
      {{"select [1, 2, 3], [1, 2, 3][2], array_length([1, 2]), array_contains([1, 2], 2)",
        "[1,2,3]|2|2|1"},
       {"select map{'a': 1, 'b': 2}, map{'a': 1}['a'], map_keys(map{1: 'x'})",
        "{\"a\":1,\"b\":2}|1|[1]"},
       {"select named_struct('x', 1, 'y', 'z'), row(1, 'a'), named_struct('x', 7).x",
        "{\"x\":1,\"y\":\"z\"}|{\"col1\":1,\"col2\":\"a\"}|7"},
       {"select array_map(x -> x + 1, [1, 2]), array_filter([1, 2, 3], x -> x > 1)", "[2,3]|[2,3]"},
       {"select array_join(['a', 'b'], '-'), array_sort([3, 1, 2]), array_sum([1, 2]), "
        "cardinality(map{1: 2})",
        "a-b|[1,2,3]|3|1"},
       {"select x from unnest([1, 2]) as t(x)", "1\n2"},
       {"select * from table(generate_series(1, 3))", "1\n2\n3"},
       {"select [date '2024-01-01', null]", "[\"2024-01-01\",null]"},
       {"select parse_json('{\"a\": {\"b\": 1}}') -> '$.a.b', get_json_int('{\"k\": 5}', '$.k'), "
        "get_json_string('{\"k\": \"v\"}', '$.k'), parse_json('{')",
        "1|5|v|NULL"}});
}

TEST_F(LowerTest, TheSession) {
  Check({{"select version(), database(), catalog(), user(), connection_id()",
          "8.0.33|db|lake|'root'@'%'|42"},
         {"select length(uuid()), now() > '2020-01-01', curdate() >= '2020-01-01'", "36|1|1"}});
  const sql::Literal parameters[] = {sql::Literal::Integer(2), sql::Literal::String("ann")};
  scope_.parameters = parameters;
  Check({{"select id from people where id = ? or name = ? order by 1", "1\n2"}});
}

TEST_F(LowerTest, ColumnNames) {
  ASSERT_OK_AND_ASSIGN(
      const sql::ParsedStatement parsed,
      sql::ParseOne(
          "select id, people.name, count(*), 1+1, sum(pay) as s from people group by 1, 2"));
  ASSERT_OK_AND_ASSIGN(
      const auto columns,
      connection_->Describe(context_, *sql::As<sql::QueryStatement>(*parsed.statement).query,
                            tables_, scope_));
  std::string names;
  for (const rows::Column& column : columns) names += column.name + ";";
  EXPECT_EQ(names, "id;name;count(*);1+1;s;");
  EXPECT_EQ(columns[0].type.kind, rows::TypeKind::kInt);
  EXPECT_EQ(columns[4].type.kind, rows::TypeKind::kDecimal);
  EXPECT_EQ(columns[4].type.precision, 38);
}

TEST_F(LowerTest, Refusals) {
  struct Refusal {
    const char* text;
    ErrorCode code;
    const char* reason;
  };
  for (const Refusal& one : {
           Refusal{"select * from nowhere", ErrorCode::kNotFound, "UnknownTable"},
           Refusal{"select nope from people", ErrorCode::kInvalidArgument, "UnknownColumn"},
           Refusal{"select substrin('a', 1)", ErrorCode::kInvalidArgument, "UnknownFunction"},
           Refusal{"select substring('a')", ErrorCode::kInvalidArgument, "AnalysisError"},
           Refusal{"select upper(distinct name) from people", ErrorCode::kInvalidArgument,
                   "AnalysisError"},
           Refusal{"select crc32('a')", ErrorCode::kUnsupported, "Function"},
           Refusal{"select name, count(*) from people", ErrorCode::kInvalidArgument,
                   "AnalysisError"},
           Refusal{"select id from people union select id, name from people",
                   ErrorCode::kInvalidArgument, "AnalysisError"},
           Refusal{"select rank() from people", ErrorCode::kInvalidArgument, "AnalysisError"},
           Refusal{"select interval 1 day", ErrorCode::kUnsupported, "Syntax"},
           Refusal{"select id from people order by 9", ErrorCode::kInvalidArgument,
                   "AnalysisError"},
           Refusal{"select * from files('path' = 's3://x')", ErrorCode::kUnsupported,
                   "TableFunction"},
           Refusal{"select cast(1 as bitmap)", ErrorCode::kUnsupported, "ColumnType"},
           Refusal{"select ?", ErrorCode::kInvalidArgument, "MissingParameter"},
       }) {
    EXPECT_THAT(TryQuery(one.text), testing::IsError(one.code, one.reason)) << one.text;
  }
  const auto near = TryQuery("select substrin('a', 1)");
  EXPECT_NE(near.error().message().find("did you mean substring"), std::string::npos)
      << near.error().message();
}

}  // namespace
}  // namespace firn::duck
