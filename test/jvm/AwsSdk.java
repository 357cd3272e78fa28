import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.glue.model.EntityNotFoundException;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.NoSuchEntityException;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.CompletedMultipartUpload;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.services.s3tables.S3TablesClient;
import software.amazon.awssdk.services.s3tables.model.ConflictException;
import software.amazon.awssdk.services.s3tables.model.NotFoundException;
import software.amazon.awssdk.services.s3tables.model.OpenTableFormat;
import software.amazon.awssdk.services.s3tables.model.SchemaField;
import software.amazon.awssdk.services.sts.StsClient;

/** The AWS SDK for Java 2 with its own defaults: checksums, retries, both HTTP clients. Arguments: endpoint, key, secret. */
public final class AwsSdk {
  private static URI endpoint;

  private static <B extends AwsClientBuilder<B, C>, C> C client(B builder, AwsCredentials credentials) {
    return builder.endpointOverride(endpoint).region(Region.US_EAST_1)
        .credentialsProvider(StaticCredentialsProvider.create(credentials)).build();
  }

  private static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  private interface Call { void run() throws Exception; }

  private static <E extends Exception> E refused(Class<E> kind, Call call) throws Exception {
    try {
      call.run();
    } catch (Exception error) {
      if (kind.isInstance(error)) return kind.cast(error);
      throw error;
    }
    throw new AssertionError("not refused with " + kind.getSimpleName());
  }

  private static byte[] bytes(int count) {
    byte[] some = new byte[count];
    new Random(count).nextBytes(some);
    return some;
  }

  public static void main(String[] arguments) throws Exception {
    endpoint = URI.create(arguments[0]);
    AwsCredentials root = AwsBasicCredentials.create(arguments[1], arguments[2]);
    objects(root);
    asynchronously(root);
    tables(root);
    identities(root);
    System.out.println("done");
  }

  private static S3Client s3(AwsCredentials credentials) {
    return client(S3Client.builder().forcePathStyle(true), credentials);
  }

  private static void objects(AwsCredentials root) throws Exception {
    S3Client s3 = s3(root);
    String bucket = "java-sdk";
    s3.createBucket(b -> b.bucket(bucket));
    check(s3.listBuckets().buckets().stream().anyMatch(b -> b.name().equals(bucket)), "the bucket is listed");
    for (int size : new int[] {0, 1, 70_000, 20_000_000}) {
      byte[] wrote = bytes(size);
      String tag = s3.putObject(b -> b.bucket(bucket).key("o/" + size), RequestBody.fromBytes(wrote)).eTag();
      check(Arrays.equals(wrote, s3.getObjectAsBytes(b -> b.bucket(bucket).key("o/" + size)).asByteArray()), "read " + size);
      check(s3.headObject(b -> b.bucket(bucket).key("o/" + size)).eTag().equals(tag), "tag of " + size);
    }
    byte[] range = s3.getObjectAsBytes(b -> b.bucket(bucket).key("o/70000").range("bytes=10-19")).asByteArray();
    check(Arrays.equals(range, Arrays.copyOfRange(bytes(70_000), 10, 20)), "a range");
    // A stream of unknown length is sent in chunks with a trailing checksum.
    s3.putObject(b -> b.bucket(bucket).key("o/stream"), RequestBody.fromContentProvider(
        () -> new java.io.ByteArrayInputStream(bytes(300_000)), "application/octet-stream"));
    check(s3.headObject(b -> b.bucket(bucket).key("o/stream")).contentLength() == 300_000, "a stream");
    String upload = s3.createMultipartUpload(b -> b.bucket(bucket).key("o/parts")).uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    for (int number = 1; number <= 3; ++number) {
      int part = number;
      var sent = s3.uploadPart(b -> b.bucket(bucket).key("o/parts").uploadId(upload).partNumber(part),
          RequestBody.fromBytes(bytes(5 * 1024 * 1024 + part)));
      parts.add(CompletedPart.builder().partNumber(part).eTag(sent.eTag()).checksumCRC32(sent.checksumCRC32()).build());
    }
    s3.completeMultipartUpload(b -> b.bucket(bucket).key("o/parts").uploadId(upload)
        .multipartUpload(CompletedMultipartUpload.builder().parts(parts).build()));
    check(s3.headObject(b -> b.bucket(bucket).key("o/parts")).contentLength() == 3 * 5 * 1024 * 1024 + 6, "parts");
    s3.copyObject(b -> b.sourceBucket(bucket).sourceKey("o/70000").destinationBucket(bucket).destinationKey("copy"));
    List<String> keys = s3.listObjectsV2Paginator(b -> b.bucket(bucket).prefix("o/").maxKeys(2)).contents().stream()
        .map(o -> o.key()).collect(Collectors.toList());
    check(keys.size() == 6, "pages " + keys);
    refused(NoSuchKeyException.class, () -> s3.getObject(b -> b.bucket(bucket).key("none")));
    S3Exception exists = refused(S3Exception.class,
        () -> s3.putObject(b -> b.bucket(bucket).key("copy").ifNoneMatch("*"), RequestBody.fromString("x")));
    check(exists.statusCode() == 412, "if-none-match");
    try (S3Presigner presigner = S3Presigner.builder().endpointOverride(endpoint).region(Region.US_EAST_1)
             .credentialsProvider(StaticCredentialsProvider.create(root))
             .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build()).build()) {
      var url = presigner.presignGetObject(p -> p.signatureDuration(Duration.ofMinutes(1))
          .getObjectRequest(b -> b.bucket(bucket).key("o/70000"))).url();
      try (InputStream in = ((HttpURLConnection) url.openConnection()).getInputStream()) {
        check(Arrays.equals(in.readAllBytes(), bytes(70_000)), "presigned");
      }
    }
    var gone = s3.deleteObjects(b -> b.bucket(bucket).delete(d -> d.objects(
        keys.stream().map(key -> ObjectIdentifier.builder().key(key).build()).collect(Collectors.toList()))));
    check(gone.deleted().size() == keys.size() && gone.errors().isEmpty(), "deleted");
    System.out.println("objects");
  }

  private static void asynchronously(AwsCredentials root) {
    S3AsyncClient s3 = client(S3AsyncClient.builder().forcePathStyle(true), root);
    byte[] wrote = bytes(9_000_000);
    s3.putObject(b -> b.bucket("java-sdk").key("async"), AsyncRequestBody.fromBytes(wrote)).join();
    byte[] read = s3.getObject(b -> b.bucket("java-sdk").key("async"), AsyncResponseTransformer.toBytes()).join().asByteArray();
    check(Arrays.equals(wrote, read), "read back");
    s3.close();
    System.out.println("asynchronously");
  }

  private static void tables(AwsCredentials root) throws Exception {
    S3TablesClient tables = client(S3TablesClient.builder(), root);
    GlueClient glue = client(GlueClient.builder(), root);
    String bucket = tables.createTableBucket(b -> b.name("java-tables").tags(java.util.Map.of("team", "lake"))).arn();
    refused(ConflictException.class, () -> tables.createTableBucket(b -> b.name("java-tables")));
    tables.createNamespace(b -> b.tableBucketARN(bucket).namespace("ns"));
    SchemaField id = SchemaField.builder().name("id").type("long").required(true).build();
    SchemaField name = SchemaField.builder().name("name").type("string").build();
    for (int i = 0; i < 5; ++i) {
      String table = "t" + i;
      tables.createTable(b -> b.tableBucketARN(bucket).namespace("ns").name(table).format(OpenTableFormat.ICEBERG)
          .metadata(m -> m.iceberg(ice -> ice.schema(s -> s.fields(id, name)))));
    }
    check(tables.listTablesPaginator(b -> b.tableBucketARN(bucket).maxTables(2)).tables().stream().count() == 5, "five tables");
    var table = tables.getTable(b -> b.tableBucketARN(bucket).namespace("ns").name("t0"));
    check(table.metadataLocation().startsWith(table.warehouseLocation()), "its metadata lies in its warehouse");
    String place = table.metadataLocation().substring("s3://".length());
    String key = place.substring(place.indexOf('/') + 1);
    String text = s3(root).getObjectAsBytes(b -> b.bucket(place.substring(0, place.indexOf('/'))).key(key)).asUtf8String();
    check(text.contains("\"format-version\""), "metadata");
    tables.tagResource(b -> b.resourceArn(bucket).tags(java.util.Map.of("a", "1", "b", "2")));
    tables.untagResource(b -> b.resourceArn(bucket).tagKeys("a", "b"));
    check(tables.listTagsForResource(b -> b.resourceArn(bucket)).tags().keySet().equals(java.util.Set.of("team")), "tags");
    String catalog = bucket.split(":")[4] + ":s3tablescatalog/java-tables";
    check(glue.getTablesPaginator(b -> b.catalogId(catalog).databaseName("ns")).stream()
        .mapToLong(page -> page.tableList().size()).sum() == 5, "five tables in Glue");
    check(glue.getTable(b -> b.catalogId(catalog).databaseName("ns").name("t1")).table().storageDescriptor().columns().size() == 2, "columns");
    refused(EntityNotFoundException.class, () -> glue.getTable(b -> b.catalogId(catalog).databaseName("ns").name("none")));
    refused(NotFoundException.class, () -> tables.getTable(b -> b.tableBucketARN(bucket).namespace("ns").name("none")));
    tables.renameTable(b -> b.tableBucketARN(bucket).namespace("ns").name("t0").newName("u0"));
    for (String gone : List.of("u0", "t1", "t2", "t3", "t4")) {
      tables.deleteTable(b -> b.tableBucketARN(bucket).namespace("ns").name(gone));
    }
    tables.deleteNamespace(b -> b.tableBucketARN(bucket).namespace("ns"));
    tables.deleteTableBucket(b -> b.tableBucketARN(bucket));
    System.out.println("tables");
  }

  private static void identities(AwsCredentials root) throws Exception {
    IamClient iam = client(IamClient.builder(), root);
    StsClient sts = client(StsClient.builder(), root);
    String account = sts.getCallerIdentity().account();
    iam.createUser(b -> b.userName("java").tags(t -> t.key("team").value("lake")));
    check(iam.waiter().waitUntilUserExists(b -> b.userName("java")).matched().response().isPresent(), "the waiter");
    iam.putUserPolicy(b -> b.userName("java").policyName("p").policyDocument(
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"sts:*\",\"s3:ListAllMyBuckets\"],\"Resource\":\"*\"}}"));
    var key = iam.createAccessKey(b -> b.userName("java")).accessKey();
    AwsCredentials user = AwsBasicCredentials.create(key.accessKeyId(), key.secretAccessKey());
    check(!s3(user).listBuckets().buckets().isEmpty(), "what it may");
    check(refused(S3Exception.class, () -> s3(user).getObject(b -> b.bucket("java-sdk").key("copy"))).statusCode() == 403, "what it may not");
    iam.createRole(b -> b.roleName("java-role").assumeRolePolicyDocument(
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"AWS\":\"" + account + "\"}}}"));
    iam.attachRolePolicy(b -> b.roleName("java-role").policyArn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"));
    StsClient own = client(StsClient.builder(), user);
    var session = own.assumeRole(b -> b.roleArn("arn:aws:iam::" + account + ":role/java-role").roleSessionName("java")).credentials();
    AwsCredentials role = AwsSessionCredentials.create(session.accessKeyId(), session.secretAccessKey(), session.sessionToken());
    check(s3(role).getObjectAsBytes(b -> b.bucket("java-sdk").key("copy")).asByteArray().length == 70_000, "the role reads");
    check(refused(S3Exception.class, () -> s3(role).deleteObject(b -> b.bucket("java-sdk").key("copy"))).statusCode() == 403, "and no more");
    var federated = own.getFederationToken(b -> b.name("fred").policy(
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}"));
    var given = federated.credentials();
    AwsCredentials fred = AwsSessionCredentials.create(given.accessKeyId(), given.secretAccessKey(), given.sessionToken());
    check(!s3(fred).listBuckets().buckets().isEmpty(), "what both may");
    check(client(StsClient.builder(), fred).getCallerIdentity().arn().equals(federated.federatedUser().arn()), "fred");
    refused(NoSuchEntityException.class, () -> iam.getUser(b -> b.userName("nobody")));
    for (int i = 0; i < 3; ++i) {
      String name = "java-" + i;
      iam.createUser(b -> b.userName(name));
    }
    check(iam.listUsersPaginator(b -> b.maxItems(2)).users().stream().filter(u -> u.userName().startsWith("java")).count() == 4, "pages of users");
    String document = iam.getPolicyVersion(b -> b.policyArn("arn:aws:iam::aws:policy/AdministratorAccess").versionId("v1")).policyVersion().document();
    check(java.net.URLDecoder.decode(document, StandardCharsets.UTF_8).contains("\"Allow\""), "a policy's document");
    System.out.println("identities");
  }
}
