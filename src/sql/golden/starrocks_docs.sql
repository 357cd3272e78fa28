-- Statements of StarRocks' documentation (github.com/StarRocks/starrocks, docs/en), each group under its page.

-- data_source/catalog/iceberg/DDL.md
CREATE DATABASE iceberg_db PROPERTIES ("location" = "s3://my_bucket/iceberg_db/");
DROP DATABASE iceberg_db;
CREATE TABLE user_info (
    id INT,
    name STRING,
    age INT DEFAULT "18",
    score DOUBLE DEFAULT "100.0",
    status STRING DEFAULT 'active',
    is_active BOOLEAN DEFAULT "true"
) PROPERTIES ("format-version" = "3");
ALTER TABLE user_info ADD COLUMN bonus DOUBLE DEFAULT "50.5";
ALTER TABLE user_info MODIFY COLUMN status STRING DEFAULT "inactive";
CREATE TABLE unpartition_tbl
(
    id int,
    score double
);
CREATE TABLE partition_tbl
(
    action varchar(20),
    id int,
    dt date
)
PARTITION BY (id, dt);
CREATE TABLE hidden_partition_tbl
(
    action VARCHAR(20),
    id INT,
    dt DATE
)
PARTITION BY bucket(id, 10), year(dt);
CREATE TABLE new_tbl
PARTITION BY (id, dt)
AS SELECT * FROM existing_tbl;
ALTER TABLE sales_data
ADD PARTITION COLUMN month(sale_date), bucket(customer_id, 10);
ALTER TABLE sales_data
DROP PARTITION COLUMN day(sale_date);
DROP TABLE iceberg_db.sales_data;
DROP TABLE iceberg_db.temp_data FORCE;
CREATE VIEW IF NOT EXISTS iceberg_db.sales_summary AS
SELECT region, SUM(amount) as total_sales
FROM iceberg_db.sales
GROUP BY region;
CREATE VIEW IF NOT EXISTS iceberg_db.sales_summary
PROPERTIES (
  "key1" = "value1"
)
AS
SELECT region, SUM(amount) as total_sales
FROM iceberg_db.sales
GROUP BY region;
ALTER VIEW iceberg_db.spark_view ADD DIALECT
SELECT k1, k2 FROM iceberg_db.source_table;
ALTER VIEW iceberg_db.spark_view MODIFY DIALECT
SELECT k1, k2, k3 FROM iceberg_db.source_table;

-- data_source/catalog/iceberg/procedures.md
ALTER TABLE iceberg.sales.order
EXECUTE rollback_to_snapshot(98765);
ALTER TABLE iceberg.sales.order
EXECUTE cherrypick_snapshot(54321);
ALTER TABLE iceberg.sales.order
EXECUTE fast_forward('main', 'test-branch');
ALTER TABLE t1 EXECUTE rewrite_data_files("min_file_size_bytes"= 134217728) WHERE part_col = 'p1';
ALTER TABLE iceberg.sales.order
EXECUTE rewrite_equality_delete_files();
ALTER TABLE iceberg.sales.order
EXECUTE expire_snapshots(older_than = '2023-12-17 00:14:38', retain_last = 2);
ALTER TABLE iceberg.sales.order
EXECUTE expire_snapshots('2023-12-17 00:14:38', 2);
ALTER TABLE iceberg.sales.order
EXECUTE remove_orphan_files(older_than = '2024-01-01 00:00:00', location = 's3://iceberg-bucket/iceberg_db/iceberg_table/sub_dir');
ALTER TABLE iceberg.sales.order
EXECUTE add_files(location = 's3://bucket/data/order/', file_format = 'parquet', recursive = true);
CALL iceberg_catalog.system.register_table(
    database_name = 'sales',
    table_name = 'order',
    metadata_file = 's3://bucket/metadata/sales/order/metadata/00001-xxxxx-xxxxx-xxxxx.metadata.json'
);

-- data_source/catalog/iceberg/iceberg_timetravel.md
ALTER TABLE iceberg.sales.order CREATE BRANCH `test-branch`
AS OF VERSION 12345
RETAIN 7 DAYS
WITH SNAPSHOT RETENTION 2 SNAPSHOTS;
ALTER TABLE iceberg.sales.order CREATE BRANCH `test-branch2`
AS OF VERSION 12345
RETAIN 7 DAYS
WITH SNAPSHOT RETENTION 2 DAYS;
ALTER TABLE iceberg.sales.order CREATE BRANCH `test-branch3`
AS OF VERSION 12345
RETAIN 7 DAYS
WITH SNAPSHOT RETENTION 2 SNAPSHOTS 2 DAYS;
INSERT INTO iceberg.sales.order
FOR VERSION AS OF `test-branch`
SELECT c1, k1 FROM tbl;
ALTER TABLE iceberg.sales.order CREATE TAG `test-tag`
AS OF VERSION 12345
RETAIN 7 DAYS;
ALTER TABLE iceberg.sales.order
DROP BRANCH `test-branch`;
ALTER TABLE iceberg.sales.order
DROP TAG `test-tag`;
SELECT * FROM iceberg.sales.order VERSION AS OF 'test-branch';
SELECT * FROM iceberg.sales.order VERSION AS OF 12345;
SELECT * FROM iceberg.sales.order TIMESTAMP AS OF '1986-10-26 01:21:00';
SELECT * FROM iceberg.sales.order TIMESTAMP AS OF now();

-- sql-reference/sql-statements/table_bucket_part_index/SELECT.md
with t1 as (select 1),t2 as (select 2)
select * from t1 union all select * from t2;
SELECT lhs.id, rhs.parent, lhs.c1, rhs.c2 FROM tree_data lhs, tree_data rhs WHERE lhs.id = rhs.parent;
SELECT * FROM t1 CROSS JOIN t2;
SELECT * FROM t1 FULL OUTER JOIN t2 ON t1.id = t2.id;
SELECT t1.c1, t1.c2, t1.c2 FROM t1 LEFT SEMI JOIN t2 ON t1.id = t2.id;
SELECT t1.c1, t1.c2, t1.c2 FROM t1 LEFT ANTI JOIN t2 ON t1.id = t2.id;
select * from big_table order by tiny_column, short_column desc;
select  *  from  sales_record  order by  employee_id  nulls first;
SELECT a, b, SUM( c ) FROM tab1 GROUP BY GROUPING SETS ( (a, b), (a), (b), ( ) );
SELECT a, b,c, SUM( d ) FROM tab1 GROUP BY ROLLUP(a,b,c);
SELECT k1, k2, GROUPING_ID(k1,k2), SUM(k3) FROM t GROUP BY GROUPING SETS ((k1, k2), (k1), (k2), ());
select tiny_column, sum(short_column)
from small_table
group by tiny_column
having sum(short_column) = 1;
select varchar_column from big_table order by varchar_column limit 1 offset 1;

-- data_source/catalog/iceberg/iceberg_meta_table.md
SELECT * FROM tbl$snapshots;
SELECT * FROM iceberg_catalog.db.`tbl$partitions`;
