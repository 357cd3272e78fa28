#include <string>
#include <vector>

#include "base/result_testing.h"
#include "wire/aws/answer.h"
#include "wire/aws/arn.h"
#include "wire/aws/form.h"
#include "wire/aws/xml.h"

namespace firn::aws {
namespace {

using ::firn::testing::HasValue;
using ::firn::testing::IsError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Arn, PrintsWhatItParsed) {
  for (const std::string text : {
           "arn:aws:s3tables:us-east-1:123456789012:bucket/b1",
           "arn:aws:iam::123456789012:user/path/u",
           "arn:aws:glue:eu-west-1:123456789012:catalog/s3tablescatalog/b",
           "arn:aws:s3:::bucket/key:with:colons",
       }) {
    ASSERT_OK_AND_ASSIGN(const Arn arn, ParseArn(text));
    EXPECT_EQ(ToString(arn), text);
  }
}

TEST(Arn, RefusesWhatIsNone) {
  for (const std::string& text : std::vector<std::string>{
           "", "arn", "arn:aws", "arn:aws:s3tables:us-east-1:123456789012", 
           "xrn:aws:s3:::b", "arn::s3:::b", "arn:aws::::b", "arn:aws:s3:::", "arn:aws:s3:::a b",
           "arn:aws:s3:::" + std::string(3000, 'a'), std::string("arn:aws:s3:::\0", 14)}) {
    EXPECT_THAT(ParseArn(text), IsError(ErrorCode::kInvalidArgument, "InvalidArn")) << text;
  }
}

TEST(TableArn, KeepsBucketAndTable) {
  const std::string text = "arn:aws:s3tables:us-east-1:123456789012:bucket/my-b/table/1f-2e";
  ASSERT_OK_AND_ASSIGN(const TableArn arn, ParseTableArn(text));
  EXPECT_EQ(arn.bucket.bucket, "my-b");
  EXPECT_EQ(arn.table_id, "1f-2e");
  EXPECT_EQ(ToString(arn), text);
}

TEST(TableArn, RefusesOtherResources) {
  for (const std::string text : {
           "arn:aws:s3tables:us-east-1:123456789012:bucket/b1",
           "arn:aws:s3tables:us-east-1:123456789012:bucket/b1/table/",
           "arn:aws:s3tables:us-east-1:123456789012:bucket/b1/table/a/b",
           "arn:aws:s3:us-east-1:123456789012:bucket/bbb/table/a",
           "arn:aws:s3tables:us-east-1:1234:bucket/bbb/table/a",
           "arn:aws:s3tables:us-east-1:123456789012:bucket/*/table/a",
       }) {
    EXPECT_THAT(ParseTableArn(text), IsError(ErrorCode::kInvalidArgument, "InvalidArn")) << text;
  }
  EXPECT_THAT(ParseTableBucketArn("arn:aws:s3tables:r:123456789012:bucket/b1x/table/1"),
              IsError(ErrorCode::kInvalidArgument, "InvalidArn"));
}

TEST(GlueArn, NamesTheHierarchy) {
  const GlueCatalogId root{"us-east-1", "123456789012", ""};
  const GlueCatalogId bucket{"us-east-1", "123456789012", "s3tablescatalog/b"};
  EXPECT_EQ(GlueCatalogArn(root), "arn:aws:glue:us-east-1:123456789012:catalog");
  EXPECT_EQ(GlueCatalogArn(bucket), "arn:aws:glue:us-east-1:123456789012:catalog/s3tablescatalog/b");
  EXPECT_EQ(GlueDatabaseArn(bucket, "ns"),
            "arn:aws:glue:us-east-1:123456789012:database/s3tablescatalog/b/ns");
  EXPECT_EQ(GlueTableArn(bucket, {"ns", "t"}),
            "arn:aws:glue:us-east-1:123456789012:table/s3tablescatalog/b/ns/t");
  EXPECT_EQ(GlueTableArn(root, {"ns", "t"}), "arn:aws:glue:us-east-1:123456789012:table/ns/t");
}

TEST(ErrorAnswer, IsWrittenAsTheProtocolSays) {
  const ServiceError error{403, "AccessDenied", "no <entry> & \"more\""};
  const ErrorPlace place{"rid", "/b/k"};
  const Answer rest = ErrorAnswer(Protocol::kRestJson, error, place);
  EXPECT_EQ(rest.body, R"({"message":"no <entry> & \"more\""})");
  EXPECT_EQ(rest.headers.at(0).second, "AccessDenied");
  EXPECT_THAT(ErrorAnswer(Protocol::kJson11, error, place).body,
              HasSubstr(R"("__type":"AccessDenied")"));
  EXPECT_EQ(ErrorAnswer(Protocol::kQuery, error, place).body,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no "
            "&lt;entry&gt; &amp; &quot;more&quot;</Message></Error><RequestId>rid</RequestId>"
            "</ErrorResponse>");
  EXPECT_THAT(ErrorAnswer(Protocol::kS3, error, place).body,
              HasSubstr("<Resource>/b/k</Resource><RequestId>rid</RequestId></Error>"));
  EXPECT_THAT(ErrorAnswer(Protocol::kIceberg, error, place).body,
              HasSubstr(R"("type":"AccessDenied","code":403)"));
}

TEST(QueryAnswer, WrapsTheResult) {
  EXPECT_EQ(QueryAnswer({"GetUser", "urn:x", "<User/>"}, "r").body,
            "<GetUserResponse xmlns=\"urn:x\"><GetUserResult><User/></GetUserResult>"
            "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetUserResponse>");
}

TEST(Form, DecodesPairs) {
  ASSERT_OK_AND_ASSIGN(const Form form, ParseForm("Action=A+b&x=%7B%22&l.member.1=1&l.member.2=2&e&&f="));
  EXPECT_EQ(form.Get("Action"), "A b");
  EXPECT_EQ(form.Get("x"), "{\"");
  EXPECT_THAT(form.Members("l"), ElementsAre("1", "2"));
  EXPECT_TRUE(form.Has("e"));
  EXPECT_THAT(form.Require("f"), IsError(ErrorCode::kInvalidArgument, "MissingParameter"));
  EXPECT_THAT(form.Require("g"), IsError(ErrorCode::kInvalidArgument, "MissingParameter"));
}

TEST(Form, RefusesBrokenAndHugeOnes) {
  for (const std::string text : {"a=%", "a=%4", "a=%zz", "%=1", "a=%00", "a=1&b=2&a=1", "a&%61=2"}) {
    EXPECT_THAT(ParseForm(text), IsError(ErrorCode::kInvalidArgument, "MalformedQueryString"))
        << text;
  }
  EXPECT_THAT(ParseForm(std::string((1 << 20) + 1, 'a')),
              IsError(ErrorCode::kResourceExhausted, "FormTooLarge"));
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "a=1&";
  EXPECT_THAT(ParseForm(many), IsError(ErrorCode::kResourceExhausted, "FormTooLarge"));
}

TEST(Xml, ReadsWithAndWithoutNamespace) {
  for (const std::string text : {"<D xmlns=\"urn:a\"><Q>true</Q></D>", "<x:D><x:Q>true</x:Q></x:D>",
                                 "<?xml version=\"1.0\"?>\n<D>\n <Q>true</Q>\n</D>\n"}) {
    pugi::xml_document document;
    ASSERT_THAT(ParseXml(text, document), HasValue());
    EXPECT_EQ(FindChildText(document.document_element(), "Q"), "true") << text;
    EXPECT_EQ(FindChildText(document.document_element(), "R"), std::nullopt);
  }
}

TEST(Xml, RefusesBrokenDeepAndHugeOnes) {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  std::string closed = deep;
  for (int i = 0; i < 100000; ++i) closed += "</a>";
  for (const std::string& text : std::vector<std::string>{"", "<", "<a", "<a>", "<a></b>", "plain", deep, closed,
        "<!DOCTYPE a [<!ENTITY x \"y\">]>"}) {
    pugi::xml_document document;
    EXPECT_THAT(ParseXml(text, document), IsError(ErrorCode::kInvalidArgument, "MalformedXML"))
        << text.substr(0, 40);
  }
  pugi::xml_document document;
  EXPECT_THAT(ParseXml(std::string(3 << 20, ' '), document),
              IsError(ErrorCode::kResourceExhausted, "XmlTooLarge"));
  EXPECT_THAT(ParseXml("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", document), HasValue());
  EXPECT_STREQ(document.document_element().text().get(), "&x;");
}

TEST(RequestId, HasItsForm) {
  const auto random = SeededRandom(1);
  EXPECT_EQ(NewRequestId(*random).size(), 36U);
  EXPECT_EQ(NewS3RequestId(*random).size(), 16U);
}

}  // namespace
}  // namespace firn::aws
