// The AWS SDK for JavaScript against one Firn server; test_sdk_javascript.py starts it, one case a process.
// usage: node sdk_javascript.cjs CASE, with FIRN_JS_FOLDER, FIRN_ENDPOINT and the AWS_… variables set.
// The case's answer goes to stdout as one JSON document; an error of the service as {"error": {name, status}}.
'use strict';

const path = require('node:path');
const {createRequire} = require('node:module');
const {Readable} = require('node:stream');

const sdk = createRequire(path.join(process.env.FIRN_JS_FOLDER, 'package.json'));
const MEBI = 1 << 20;

function client(service, name, options = {}) {
  const module = sdk(`@aws-sdk/client-${service}`);
  const made = new module[`${name}Client`](
      {endpoint: process.env.FIRN_ENDPOINT, maxAttempts: 1, ...options});
  return (command, input = {}) => made.send(new module[`${command}Command`](input));
}

const clients = {
  s3: (options) => client('s3', 'S3', options),
  s3tables: (options) => client('s3tables', 'S3Tables', options),
  glue: (options) => client('glue', 'Glue', options),
  iam: (options) => client('iam', 'IAM', options),
  sts: (options) => client('sts', 'STS', options),
  lake: (options) => client('lakeformation', 'LakeFormation', options),
};

function pattern(size) {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; ++at) bytes[at] = at % 251;
  return bytes;
}

async function bodyOf(answer) {
  return Buffer.from(await answer.Body.transformToByteArray());
}

const cases = {
  async objects() {
    const s3 = clients.s3();
    const Bucket = 'js-objects';
    await s3('CreateBucket', {Bucket});
    const checked = [];
    for (const size of [0, 1, 65537, 3 * MEBI + 7]) {
      const Key = `size/${size} +é`;
      const put = await s3('PutObject', {Bucket, Key, Body: pattern(size), Metadata: {made: 'by-js'}});
      const got = await s3('GetObject', {Bucket, Key, ChecksumMode: 'ENABLED'});
      checked.push({
        size,
        same: (await bodyOf(got)).equals(pattern(size)),
        checksum: Boolean(put.ChecksumCRC32) && put.ChecksumCRC32 === got.ChecksumCRC32,
        metadata: got.Metadata,
      });
    }
    const range = await s3('GetObject', {Bucket, Key: 'size/65537 +é', Range: 'bytes=250-252'});
    return {checked, range: [...await bodyOf(range)], contentRange: range.ContentRange};
  },

  async algorithms() {
    const s3 = clients.s3();
    const Bucket = 'js-algorithms';
    await s3('CreateBucket', {Bucket});
    const same = {};
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256']) {
      const Key = ChecksumAlgorithm;
      const put = await s3('PutObject', {Bucket, Key, Body: pattern(70000), ChecksumAlgorithm});
      const got = await s3('GetObject', {Bucket, Key, ChecksumMode: 'ENABLED'});
      await bodyOf(got);
      const field = `Checksum${ChecksumAlgorithm}`;
      same[ChecksumAlgorithm] = Boolean(put[field]) && put[field] === got[field];
    }
    return same;
  },

  async multipart() {
    const {Upload} = sdk('@aws-sdk/lib-storage');
    const {S3Client} = sdk('@aws-sdk/client-s3');
    const s3 = clients.s3();
    const Bucket = 'js-multipart';
    await s3('CreateBucket', {Bucket});
    const size = 12 * MEBI + 5;
    const whole = pattern(size);
    function* pieces() {
      for (let at = 0; at < size; at += 100_003) yield whole.subarray(at, at + 100_003);
    }
    const upload = new Upload({
      client: new S3Client({endpoint: process.env.FIRN_ENDPOINT, maxAttempts: 1}),
      params: {Bucket, Key: 'streamed', Body: Readable.from(pieces(), {objectMode: false})},
      partSize: 5 * MEBI,
      queueSize: 3,
    });
    const done = await upload.done();
    const got = await s3('GetObject', {Bucket, Key: 'streamed'});
    const left = await s3('ListMultipartUploads', {Bucket});
    return {
      same: (await bodyOf(got)).equals(whole),
      parts: done.ETag.replaceAll('"', '').split('-')[1],
      checksum: Boolean(done.ChecksumCRC32),
      unfinished: (left.Uploads ?? []).length,
    };
  },

  async listing() {
    const s3 = clients.s3();
    const Bucket = 'js-listing';
    await s3('CreateBucket', {Bucket});
    for (let at = 0; at < 7; ++at) await s3('PutObject', {Bucket, Key: `a/${at}`, Body: 'x'});
    await s3('PutObject', {Bucket, Key: 'b & <c>/d', Body: 'x'});
    const {S3Client, paginateListObjectsV2} = sdk('@aws-sdk/client-s3');
    const pages = [];
    const one = new S3Client({endpoint: process.env.FIRN_ENDPOINT, maxAttempts: 1});
    for await (const page of paginateListObjectsV2({client: one, pageSize: 3}, {Bucket})) {
      pages.push(page.Contents.map((entry) => entry.Key));
    }
    const folders = await s3('ListObjectsV2', {Bucket, Delimiter: '/'});
    const deleted = await s3('DeleteObjects', {
      Bucket, Delete: {Objects: pages.flat().map((Key) => ({Key}))}});
    const empty = await s3('ListObjectsV2', {Bucket});
    await s3('DeleteBucket', {Bucket});
    return {
      pages,
      folders: folders.CommonPrefixes.map((entry) => entry.Prefix),
      deleted: deleted.Deleted.length,
      left: empty.KeyCount,
      buckets: (await s3('ListBuckets')).Buckets.map((entry) => entry.Name).includes(Bucket),
    };
  },

  async tables() {
    const tables = clients.s3tables();
    const {arn: tableBucketARN} = await tables('CreateTableBucket', {name: 'js-table-bucket'});
    await tables('CreateNamespace', {tableBucketARN, namespace: ['sales']});
    const made = await tables('CreateTable', {
      tableBucketARN,
      namespace: 'sales',
      name: 'orders',
      format: 'ICEBERG',
      metadata: {iceberg: {schema: {fields: [
        {name: 'id', type: 'int', required: true}, {name: 'note', type: 'string'}]}}},
    });
    const got = await tables('GetTable', {tableBucketARN, namespace: 'sales', name: 'orders'});
    const catalog = `${tableBucketARN.split(':')[4]}:s3tablescatalog/js-table-bucket`;
    const databases = await clients.glue()('GetDatabases', {CatalogId: catalog});
    const listed = await tables('ListTables', {tableBucketARN});
    await tables('DeleteTable', {tableBucketARN, namespace: 'sales', name: 'orders'});
    await tables('DeleteNamespace', {tableBucketARN, namespace: 'sales'});
    await tables('DeleteTableBucket', {tableBucketARN});
    return {
      sameArn: made.tableARN === got.tableARN,
      format: got.format,
      metadata: got.metadataLocation.startsWith('s3://'),
      createdAt: got.createdAt instanceof Date,
      listed: listed.tables.map((table) => table.name),
      databases: databases.DatabaseList.map((database) => database.Name),
    };
  },

  async identities() {
    const iam = clients.iam();
    await iam('CreateUser', {UserName: 'js-user', Path: '/js/'});
    const {AccessKey: key} = await iam('CreateAccessKey', {UserName: 'js-user'});
    const credentials = {accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey};
    const caller = await clients.sts({credentials})('GetCallerIdentity');
    let refusal = null;
    try {
      await clients.s3({credentials})('ListBuckets');
    } catch (error) {
      refusal = {name: error.name, status: error.$metadata.httpStatusCode};
    }
    await iam('DeleteAccessKey', {UserName: 'js-user', AccessKeyId: key.AccessKeyId});
    await iam('DeleteUser', {UserName: 'js-user'});
    return {arn: caller.Arn, refusal};
  },

  async session() {
    const {Credentials: made} = await clients.sts()('GetSessionToken', {DurationSeconds: 900});
    const credentials = {
      accessKeyId: made.AccessKeyId,
      secretAccessKey: made.SecretAccessKey,
      sessionToken: made.SessionToken,
    };
    const caller = await clients.sts({credentials})('GetCallerIdentity');
    return {arn: caller.Arn, seconds: Math.round((made.Expiration - Date.now()) / 1000)};
  },

  async lake() {
    const lake = clients.lake();
    const {DataLakeSettings: before} = await lake('GetDataLakeSettings');
    const DataLakeSettings = {...before, AllowFullTableExternalDataAccess: true};
    await lake('PutDataLakeSettings', {DataLakeSettings});
    const {DataLakeSettings: after} = await lake('GetDataLakeSettings');
    await lake('PutDataLakeSettings', {DataLakeSettings: before});
    return {set: after.AllowFullTableExternalDataAccess, administrators: after.DataLakeAdmins};
  },

  async missing_object() {
    const s3 = clients.s3();
    await s3('CreateBucket', {Bucket: 'js-missing'});
    return s3('GetObject', {Bucket: 'js-missing', Key: 'none'});
  },
  async missing_bucket() { return clients.s3()('ListObjectsV2', {Bucket: 'js-none'}); },
  async missing_user() { return clients.iam()('GetUser', {UserName: 'js-none'}); },
  async missing_database() { return clients.glue()('GetDatabase', {Name: 'js-none'}); },
  async missing_table() {
    const account = (await clients.sts()('GetCallerIdentity')).Account;
    return clients.s3tables()('GetTableBucket', {
      tableBucketARN: `arn:aws:s3tables:${process.env.AWS_REGION}:${account}:bucket/js-none`});
  },
  async wrong_secret() {
    const credentials = {accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: 'wrong'};
    return clients.sts({credentials})('GetCallerIdentity');
  },
};

cases[process.argv[2]]()
    .catch((error) => {
      if (!error.$metadata) throw error;
      return {error: {name: error.name, status: error.$metadata.httpStatusCode}};
    })
    .then((answer) => process.stdout.write(JSON.stringify(answer)));
