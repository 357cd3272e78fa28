-- What real clients send on their own, recorded on the wire or read in their sources.

-- mysql CLI
select @@version_comment limit 1;
SELECT DATABASE();
show databases;
show tables;
select DATABASE(), USER() limit 1;
select @@character_set_client, @@character_set_connection, @@character_set_server, @@character_set_database limit 1;

-- PyMySQL, mysqlclient, aiomysql, asyncmy
SET NAMES utf8mb4;
SET AUTOCOMMIT = 0;
SET autocommit=0;
COMMIT;

-- mysql-connector-python
SET NAMES 'utf8mb4' COLLATE 'utf8mb4_0900_ai_ci';
SET @@session.autocommit = OFF;

-- SQLAlchemy
SELECT VERSION();
SELECT @@transaction_isolation;
SELECT @@sql_mode;
SELECT @@lower_case_table_names;
ROLLBACK;
SHOW schemas;
SHOW FULL TABLES FROM `db`;
SHOW CREATE TABLE `t`;
DESCRIBE `db`.`t`;

-- SQLAlchemy's starrocks dialect
SELECT CURRENT_VERSION();
SELECT @@tx_isolation;
SHOW VARIABLES LIKE 'sql_mode';
SHOW VARIABLES LIKE 'lower_case_table_names';
ADMIN SHOW FRONTEND CONFIG LIKE 'run_mode';
SELECT * FROM information_schema.tables WHERE table_schema = 'db' AND table_name = 't';
SELECT * FROM information_schema.tables_config WHERE table_schema = 'db';
SELECT * FROM information_schema.materialized_views WHERE table_schema = 'db';
SHOW FULL COLUMNS FROM `t` FROM `db`;
SHOW CREATE VIEW v;
SHOW ALTER TABLE OPTIMIZE FROM db WHERE TableName='t' ORDER BY CreateTime DESC LIMIT 1;

-- dbt-starrocks
/* {"app": "dbt", "dbt_version": "1.10.23", "profile_name": "p", "target_name": "dev", "connection_name": "master"} */
select current_version();
create schema if not exists `db1`;
create view `db1`.`m1` as
    select 1 as id;
/* {"app": "dbt"} */
select '<cat>' as "database", tbl.table_name as name, tbl.table_schema as "schema",
  case when tbl.table_type = 'BASE TABLE' then 'table'
       when tbl.table_type = 'VIEW' and mv.table_name is null then 'view'
       when tbl.table_type = 'VIEW' and mv.table_name is not null then 'materialized_view'
       else 'unknown' end as table_type
from `default_catalog`.information_schema.tables tbl
left join `default_catalog`.information_schema.materialized_views mv
  on tbl.TABLE_SCHEMA = mv.TABLE_SCHEMA and tbl.TABLE_NAME = mv.TABLE_NAME
where tbl.table_schema = 'db1';
select distinct schema_name from information_schema.schemata;
select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale
from `cat`.information_schema.columns where table_name = 'm1' order by ordinal_position;
desc `db1`.`m1`;
alter table a rename b;
alter table a swap with `b`;
drop table if exists `db1`.`m1`;
drop view if exists `db1`.`m1`;

-- Superset's engine spec
SHOW CATALOGS;
SHOW DATABASES;
EXECUTE AS "user" WITH NO REVERT;

-- sequelize, knex, typeorm
SET time_zone = '+00:00';
SELECT VERSION() as `version`;
SELECT 1+1 AS result;
select version() as version;

-- sqlx
SET sql_mode=(SELECT CONCAT(@@sql_mode, ',PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION')),time_zone='+00:00',NAMES utf8mb4 COLLATE utf8mb4_unicode_ci;

-- mysql_async
SELECT @@socket;
SELECT @@max_allowed_packet,@@wait_timeout;

-- Connector/J 9.4
/* mysql-connector-j-9.4.0 (Revision: 0123456789abcdef) */SELECT @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@character_set_connection AS character_set_connection, @@character_set_results AS character_set_results, @@character_set_server AS character_set_server, @@collation_server AS collation_server, @@collation_connection AS collation_connection, @@init_connect AS init_connect, @@interactive_timeout AS interactive_timeout, @@license AS license, @@lower_case_table_names AS lower_case_table_names, @@max_allowed_packet AS max_allowed_packet, @@net_write_timeout AS net_write_timeout, @@performance_schema AS performance_schema, @@sql_mode AS sql_mode, @@system_time_zone AS system_time_zone, @@time_zone AS time_zone, @@transaction_isolation AS transaction_isolation, @@wait_timeout AS wait_timeout;
SET character_set_results = NULL;
SET autocommit=1;
SET sql_mode='ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES';
SET sql_select_limit=200;
SET sql_select_limit=DEFAULT;
SET SESSION TRANSACTION READ ONLY;
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
SELECT @@session.transaction_isolation;
USE `db`;
SELECT SCHEMA_NAME AS TABLE_CAT FROM INFORMATION_SCHEMA.SCHEMATA;
SELECT TABLE_SCHEMA AS TABLE_CAT, NULL AS TABLE_SCHEM, TABLE_NAME, CASE WHEN TABLE_TYPE='BASE TABLE' THEN CASE WHEN TABLE_SCHEMA = 'mysql' OR TABLE_SCHEMA = 'performance_schema' THEN 'SYSTEM TABLE' ELSE 'TABLE' END WHEN TABLE_TYPE='TEMPORARY' THEN 'LOCAL_TEMPORARY' ELSE TABLE_TYPE END AS TABLE_TYPE, TABLE_COMMENT AS REMARKS, NULL AS TYPE_CAT, NULL AS TYPE_SCHEM, NULL AS TYPE_NAME, NULL AS SELF_REFERENCING_COL_NAME, NULL AS REF_GENERATION FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'db' HAVING TABLE_TYPE IN ('TABLE','VIEW') ORDER BY TABLE_TYPE, TABLE_SCHEMA, TABLE_NAME;
SELECT TABLE_SCHEMA AS TABLE_CAT, COLUMN_NAME, CASE UPPER(DATA_TYPE) WHEN 'DECIMAL' THEN 3 WHEN 'TINYINT' THEN CASE WHEN LOCATE('ZEROFILL', UPPER(COLUMN_TYPE)) = 0 AND LOCATE('UNSIGNED', UPPER(COLUMN_TYPE)) = 0 AND LOCATE('(1)', UPPER(COLUMN_TYPE)) != 0 THEN -7 ELSE -6 END WHEN 'BIGINT' THEN -5 ELSE 1111 END AS DATA_TYPE, UPPER(CASE WHEN UPPER(DATA_TYPE)='DECIMAL' THEN CONCAT('DECIMAL', IF(LOCATE('UNSIGNED', UPPER(COLUMN_TYPE)) != 0, ' UNSIGNED', '')) ELSE DATA_TYPE END) AS TYPE_NAME, CASE WHEN UPPER(DATA_TYPE)='DATE' THEN 10 WHEN CHARACTER_MAXIMUM_LENGTH IS NULL THEN NUMERIC_PRECISION WHEN CHARACTER_MAXIMUM_LENGTH > 2147483647 THEN 2147483647 ELSE CHARACTER_MAXIMUM_LENGTH END AS COLUMN_SIZE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'db' AND TABLE_NAME LIKE 't' AND COLUMN_NAME LIKE '%' ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION;
SELECT DEFAULT_COLLATION_NAME FROM INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME='information_schema';
SELECT INDEX_NAME, SEQ_IN_INDEX FROM INFORMATION_SCHEMA.STATISTICS WHERE TABLE_SCHEMA = 'db' AND INDEX_NAME='PRIMARY';

-- MariaDB Connector/J
set sql_mode=CONCAT(@@sql_mode,',STRICT_TRANS_TABLES'),NAMES utf8mb4;
SELECT IF(a IS NULL, UCASE(b), CAST(c as signed integer)) FROM INFORMATION_SCHEMA.COLUMNS;

-- DBeaver
SELECT CATALOG();
SET CATALOG `c`;
SHOW ENGINES;
SHOW CHARSET;
SHOW COLLATION;
SHOW SESSION VARIABLES LIKE '%';
SHOW GLOBAL STATUS;
SHOW FULL PROCESSLIST;

-- Metabase
SHOW GRANTS FOR CURRENT_USER();
SHOW GRANTS FOR CURRENT_USER;
SELECT GREATEST(time_format(timediff(now(), convert_tz(now(), @@session.time_zone, '+00:00')), '%H:%i'), '') AS tz;
SET @@session.time_zone = 'Europe/Berlin';
SELECT convert_tz('2024-01-01 00:00:00', 'UTC', @@session.time_zone);

-- MySQL Workbench
SHOW FUNCTION STATUS WHERE Db='test';
SHOW PROCEDURE STATUS WHERE Db='test';
SHOW TABLE STATUS FROM `test` LIKE 't';
SHOW INDEX FROM `test`.`t`;

-- connection pools
START TRANSACTION;
ROLLBACK;

-- mysqldump, whose executable comments StarRocks takes for comments
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
SELECT /*!40001 SQL_NO_CACHE */ * FROM `t`;
LOCK TABLES `t` READ;
UNLOCK TABLES;
