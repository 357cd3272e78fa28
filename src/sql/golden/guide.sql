-- The statements of StarRocks' page "StarRocks + Amazon S3 Tables", word for word, with quotes around the placeholders.
-- Source: StarRocks documentation, docs/zh/data_source/catalog/iceberg/iceberg_rest_s3.md (and its English twin, which
-- adds SET CATALOG).
create external catalog starrocks_lakehouse_s3tables properties(
  "type"="iceberg",
  "iceberg.catalog.type" = "rest",
  "iceberg.catalog.uri"  = "https://glue.<region>.amazonaws.com/iceberg",
  "iceberg.catalog.rest.sigv4-enabled" = "true",
  "iceberg.catalog.rest.signing-name" = "glue",
  "iceberg.catalog.rest.access-key-id" = "<iam_user_access_key>",
  "iceberg.catalog.rest.secret-access-key" = "<iam_user_secret_key>",
  "iceberg.catalog.warehouse" = "<accountid>:s3tablescatalog/<table-bucket-name>",
  "aws.s3.region" = "<region>"
);

SET CATALOG starrocks_lakehouse_s3tables;

-- Create database
create database s3table_db;

-- Switch database
use s3table_db;

-- Create table
CREATE TABLE taxis
(
  trip_id bigint,
  trip_distance float,
  fare_amount double,
  store_and_fwd_flag string,
  vendor_id bigint
)
PARTITION BY (vendor_id);

-- Insert data
INSERT INTO taxis
VALUES (1000371, 1.8, 15.32, 'N', 1), (1000372, 2.5, 22.15, 'N', 2), (1000373, 0.9, 9.01, 'N', 2), (1000374, 8.4, 42.13, 'Y', 1);

-- Query data
select * from taxis;
