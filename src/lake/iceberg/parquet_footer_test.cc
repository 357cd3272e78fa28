#include "lake/iceberg/parquet_footer.h"

#include "base/encoding.h"
#include "base/result_testing.h"
#include "lake/objects/memory_store.h"

namespace firn::iceberg {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::SizeIs;

/// Written by pyarrow: three rows in two row groups, statistics for `n` and `s` alone.
constexpr std::string_view kFooter =
    "150419bc35001806736368656d611510001504250218016e0015022502180164250c4c6c0000001504250218"
    "017425144c8c111c2c0000000000150e15081502180178250a150415122c5c15041512000000150225021801"
    "75251a4cac132012000000150c250218017325004c1c00000035021802737415040015042502180161001504"
    "25021801620015082502180166001606192c199c26001c1504192506001918016e15001604169a01169a0126"
    "083c180801000000000000001808010000000000000016022808010000000000000018080100000000000000"
    "111100191c150015001502003c29061926020200000026001c15021925060019180164150016041642164226"
    "a201491c150015001502003c29061926000400000026001c15041925060019180174150016041652165226e4"
    "01491c150015001502003c29061926000400000026001c150e1925060019180178150016041642164226b602"
    "491c150015001502003c29061926000400000026001c15021925060019180175150016041642164226f80249"
    "1c150015001502003c29061926000400000026001c150c1925060019180173150016041650165026ba033c36"
    "02280161180161111100191c150015001502003c160219061926020200000026001c15041925060019280273"
    "7401611500160416521652268a04491c150015001502003c2906193600000400000026001c15041925060019"
    "280273740162150016041652165226dc04491c150015001502003c2906193600000400000026001c15081925"
    "060019180166150016041642164226ae05491c150015001502003c29061926000400000016e8051604260816"
    "e80500199c26001c1504192506001918016e15001602169a01169a0126f0053c180803000000000000001808"
    "030000000000000016002808030000000000000018080300000000000000111100191c150015001502003c29"
    "061926000200000026001c1502192506001918016415001602163a163a268a07491c150015001502003c2906"
    "1926000200000026001c15041925060019180174150016021642164226c407491c150015001502003c290619"
    "26000200000026001c150e192506001918017815001602163a163a268608491c150015001502003c29061926"
    "000200000026001c1502192506001918017515001602163a163a26c008491c150015001502003c2906192600"
    "0200000026001c150c1925060019180173150016021636163626fa083c360200191c150015001502003c1600"
    "19061926020000000026001c15041925060019280273740161150016021642164226b009491c150015001502"
    "003c2906193600000200000026001c15041925060019280273740162150016021642164226f209491c150015"
    "001502003c2906193600000200000026001c1508192506001918016615001602163a163a26b40a491c150015"
    "001502003c29061926000200000016fe04160226f00516fe04002820706172717565742d6370702d6172726f"
    "772076657273696f6e2032362e302e31199c1c00001c00001c00001c00001c00001c00001c00001c00001c00"
    "0000";

std::string Footer() { return *HexDecode(kFooter); }

TEST(ParquetFooters, TellColumnsAndCounts) {
  ASSERT_OK_AND_ASSIGN(const ParquetFooter footer, ParseParquetFooter(Footer()));
  EXPECT_EQ(footer.row_count, 3);
  EXPECT_THAT(footer.row_group_offsets, SizeIs(2));
  ASSERT_THAT(footer.fields, SizeIs(8));
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"n", "long"}, {"d", "date"},   {"t", "timestamptz"}, {"x", "decimal(9, 2)"},
      {"u", "none"}, {"s", "string"}, {"st", "group"},      {"f", "float"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const ParquetField& field = footer.fields[i];
    EXPECT_EQ(field.name, expected[i].first);
    const std::string type = field.is_group ? "group"
                             : field.type   ? field.type->ToString()
                                            : "none";
    EXPECT_EQ(type, expected[i].second) << field.name;
    EXPECT_FALSE(field.has_field_id);
  }
  EXPECT_EQ(footer.fields[0].null_count, 1);
  EXPECT_EQ(footer.fields[0].value_count, 3);
  EXPECT_GT(footer.fields[0].compressed_bytes, 0);
  EXPECT_EQ(footer.fields[5].null_count, 2) << "behind it stands a group of two leaves";
  EXPECT_EQ(footer.fields[7].null_count, std::nullopt) << "no statistics, no count";
  EXPECT_EQ(footer.fields[7].value_count, 3);
}

TEST(ParquetFooters, ThatAreCutOrBentNeverReadAsMore) {
  const std::string whole = Footer();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParseParquetFooter(whole.substr(0, size)).has_value()) << size;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int bit : {0x01, 0x10, 0x80}) {
      std::string bent = whole;
      bent[at] = static_cast<char>(bent[at] ^ bit);
      const auto footer = ParseParquetFooter(bent);
      if (footer) {
        EXPECT_LE(footer->fields.size(), whole.size());
      }
    }
  }
  EXPECT_THAT(ParseParquetFooter(std::string(1000, '\x1c')),
              IsError(ErrorCode::kResourceExhausted, "ParquetFooterTooLarge"));
}

TEST(ParquetFooters, AreReadFromTheEndOfTheFile) {
  const Context context;
  objects::MemoryStore store;
  const auto put = [&](const std::string& bytes) {
    EXPECT_THAT(store.Put(context, "s3://b/f", bytes, objects::PutCondition::kAlways), HasValue());
    return ReadParquetFooter(context, store, "s3://b/f", bytes.size());
  };
  const std::string footer = Footer();
  const auto length = [](std::size_t size) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(size >> (8 * i) & 0xFF);
    return bytes;
  };
  EXPECT_THAT(put("PAR1" + footer + length(footer.size()) + "PAR1"), HasValue());
  EXPECT_THAT(put("PAR1" + std::string(100'000, 'x') + footer + length(footer.size()) + "PAR1"),
              HasValue());
  EXPECT_THAT(put("PAR1" + footer + length(footer.size()) + "PARE"),
              IsError(ErrorCode::kUnsupported, "EncryptedParquet"));
  for (const std::string& bytes : {std::string(), std::string("PAR1"), std::string("PAR1PAR1PAR1"),
                                   "PAR1" + footer + length(footer.size() + 100) + "PAR1",
                                   "PAR1" + footer + length(footer.size() - 1) + "PAR1",
                                   "PAR1" + footer + length(footer.size()) + "PAR2"}) {
    EXPECT_THAT(put(bytes), IsError(ErrorCode::kDataCorruption, "BadParquetFooter"))
        << bytes.size();
  }
}

}  // namespace
}  // namespace firn::iceberg
