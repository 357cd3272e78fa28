#include "app/tour_texts.h"

#include <fmt/format.h>

namespace firn::app {
namespace {

std::string GlueResources(const GuideNames& names) {
  const std::string arn = fmt::format("arn:aws:glue:{}:{}", names.region, names.account_id);
  return fmt::format(
      R"(                "{0}:catalog",
                "{0}:catalog/s3tablescatalog",
                "{0}:catalog/s3tablescatalog/{1}",
                "{0}:table/s3tablescatalog/{1}/{2}/*",
                "{0}:database/s3tablescatalog/{1}/{2}")",
      arn, names.bucket, names.namespace_name);
}

constexpr std::string_view kGuideActions = R"(                "glue:GetCatalog",
                "glue:GetDatabase",
                "glue:GetDatabases",
                "glue:GetTable",
                "glue:GetTables",
                "glue:CreateTable",
                "glue:UpdateTable")";

std::string PolicyWith(std::string_view actions, const GuideNames& names) {
  return fmt::format(R"({{
    "Version": "2012-10-17",
    "Statement": [
        {{
            "Sid": "VisualEditor0",
            "Effect": "Allow",
            "Action": [
{}
            ],
            "Resource": [
{}
            ]
        }},
        {{
            "Effect": "Allow",
            "Action": [
                "lakeformation:GetDataAccess"
            ],
            "Resource": "*"
        }}
    ]
}})",
                     actions, GlueResources(names));
}

}  // namespace

std::string PolicyAsPrinted(const GuideNames& names) {
  return fmt::format(R"({{
    "Version": "2012-10-17",
    "Statement": [
        {{
            "Sid": "VisualEditor0",
            "Effect": "Allow"
            "Action": [
{}
            ],
            "Resource": [
{}
            ]
        }}
    ]
}},
        {{
            "Effect": "Allow",
            "Action": [
                "lakeformation:GetDataAccess"
            ],
            "Resource": "*"
        }}
    ]
}})",
                     kGuideActions, GlueResources(names));
}

std::string PolicyMended(const GuideNames& names) { return PolicyWith(kGuideActions, names); }

std::string PolicyAmended(const GuideNames& names) {
  return PolicyWith(std::string(kGuideActions) + R"(,
                "glue:CreateDatabase",
                "glue:DeleteDatabase",
                "glue:DeleteTable")",
                    names);
}

std::string PolicyReadObjects(std::string_view bucket_arn) {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3tables:GetTableData",)"
                     R"("Resource":"{}/table/*"}}]}})",
                     bucket_arn);
}

std::string_view PyIcebergScript() {
  return R"PY(
import json, os
from pyiceberg.catalog import load_catalog

catalog = load_catalog("firn", **{
    "type": "rest", "uri": os.environ["FIRN_ENDPOINT"] + "/iceberg", "warehouse": os.environ["FIRN_WAREHOUSE"],
    "rest.sigv4-enabled": "true", "rest.signing-name": "glue", "rest.signing-region": os.environ["FIRN_REGION"],
    "client.access-key-id": os.environ["FIRN_KEY"], "client.secret-access-key": os.environ["FIRN_SECRET"],
    "client.region": os.environ["FIRN_REGION"]})
rows = catalog.load_table(os.environ["FIRN_TABLE"]).scan().to_arrow().to_pylist()
print(json.dumps([[r["trip_id"], round(r["trip_distance"], 5), r["fare_amount"], r["store_and_fwd_flag"], r["vendor_id"]]
                  for r in rows]))
)PY";
}

std::string_view DuckDbScript() {
  return R"PY(
import importlib, json, os, pathlib
import duckdb

connection = duckdb.connect()
for name in ("httpfs", "avro", "iceberg"):
    folder = pathlib.Path(importlib.import_module("duckdb_extension_" + name).__file__).parent
    connection.execute("LOAD '%s'" % next(folder.rglob(name + ".duckdb_extension")))
e = os.environ
connection.execute(f"""CREATE SECRET s (TYPE s3, KEY_ID '{e["FIRN_KEY"]}', SECRET '{e["FIRN_SECRET"]}',
    REGION '{e["FIRN_REGION"]}', ENDPOINT '{e["FIRN_ENDPOINT"].removeprefix("http://")}', URL_STYLE 'path', USE_SSL false)""")
connection.execute(f"""ATTACH '{e["FIRN_WAREHOUSE"]}' AS lake (TYPE iceberg, ENDPOINT '{e["FIRN_ENDPOINT"]}/iceberg',
    AUTHORIZATION_TYPE 'sigv4', SECRET 's', SIGV4_SERVICE 'glue', SIGV4_REGION '{e["FIRN_REGION"]}')""")
rows = connection.execute(f"SELECT * FROM lake.{e['FIRN_TABLE']}").fetchall()
print(json.dumps([[r[0], round(r[1], 5), r[2], r[3], r[4]] for r in rows]))
)PY";
}

std::string_view Boto3Script() {
  return R"PY(
import json, os
import boto3

e = os.environ
keys = dict(endpoint_url=e["FIRN_ENDPOINT"], region_name=e["FIRN_REGION"], aws_access_key_id=e["FIRN_KEY"],
            aws_secret_access_key=e["FIRN_SECRET"])
namespace, name = e["FIRN_TABLE"].split(".")
table = boto3.client("s3tables", **keys).get_table(tableBucketARN=e["FIRN_BUCKET_ARN"], namespace=namespace, name=name)
bucket = table["warehouseLocation"].removeprefix("s3://")
s3 = boto3.client("s3", **keys)
def read(location):
    return s3.get_object(Bucket=bucket, Key=location.removeprefix(f"s3://{bucket}/"))["Body"].read()
metadata = json.loads(read(table["metadataLocation"]))
manifest_list = read(metadata["snapshots"][-1]["manifest-list"])
print(json.dumps({"format-version": metadata["format-version"], "manifest-list-magic": manifest_list[:3].decode(),
                  "added-records": metadata["snapshots"][-1]["summary"]["added-records"]}))
)PY";
}

}  // namespace firn::app
