// The AWS SDK for Go v2 with its own defaults against Firn's local AWS side: `client ENDPOINT`, keys from the environment;
// prints a word for each part that held.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3tables"
	tables "github.com/aws/aws-sdk-go-v2/service/s3tables/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func check(err error, what string) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}

func objects(ctx context.Context, settings aws.Config) {
	client := s3.NewFromConfig(settings, func(options *s3.Options) { options.UsePathStyle = true })
	bucket := aws.String("of-go")
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket})
	check(err, "create bucket")
	small := []byte("an object")
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("a/ü 1"), Body: bytes.NewReader(small)})
	check(err, "put")
	got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("a/ü 1"),
		ChecksumMode: s3types.ChecksumModeEnabled})
	check(err, "get")
	body, err := io.ReadAll(got.Body)
	check(err, "read")
	if !bytes.Equal(body, small) || got.ChecksumCRC32 == nil {
		log.Fatalf("get: %q, checksum %v", body, got.ChecksumCRC32)
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	_, err = manager.NewUploader(client).Upload(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("large"),
		Body: io.MultiReader(bytes.NewReader(large))})
	check(err, "multipart")
	buffer := manager.NewWriteAtBuffer(nil)
	_, err = manager.NewDownloader(client).Download(ctx, buffer, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("large")})
	check(err, "download")
	if !bytes.Equal(buffer.Bytes(), large) {
		log.Fatal("the large object differs")
	}
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("nowhere")})
	var absent *s3types.NoSuchKey
	if !errors.As(err, &absent) {
		log.Fatalf("absent key: %v", err)
	}
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: bucket, MaxKeys: aws.Int32(1)})
	keys := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		check(err, "list")
		keys += len(page.Contents)
	}
	if keys != 2 {
		log.Fatalf("%d keys", keys)
	}
	fmt.Println("s3")
}

func tableBuckets(ctx context.Context, settings aws.Config) {
	client := s3tables.NewFromConfig(settings)
	made, err := client.CreateTableBucket(ctx, &s3tables.CreateTableBucketInput{Name: aws.String("of-go-tables")})
	check(err, "create table bucket")
	_, err = client.CreateNamespace(ctx, &s3tables.CreateNamespaceInput{TableBucketARN: made.Arn, Namespace: []string{"space"}})
	check(err, "create namespace")
	_, err = client.CreateTable(ctx, &s3tables.CreateTableInput{TableBucketARN: made.Arn, Namespace: aws.String("space"),
		Name: aws.String("t"), Format: tables.OpenTableFormatIceberg,
		Metadata: &tables.TableMetadataMemberIceberg{Value: tables.IcebergMetadata{Schema: &tables.IcebergSchema{
			Fields: []tables.SchemaField{{Name: aws.String("n"), Type: aws.String("long"), Required: true}}}}}})
	check(err, "create table")
	table, err := client.GetTable(ctx, &s3tables.GetTableInput{TableBucketARN: made.Arn, Namespace: aws.String("space"),
		Name: aws.String("t")})
	check(err, "get table")
	if table.MetadataLocation == nil || table.Format != tables.OpenTableFormatIceberg {
		log.Fatalf("table: %+v", table)
	}
	_, err = client.GetTable(ctx, &s3tables.GetTableInput{TableBucketARN: made.Arn, Namespace: aws.String("space"),
		Name: aws.String("nowhere")})
	var absent *tables.NotFoundException
	if !errors.As(err, &absent) {
		log.Fatalf("absent table: %v", err)
	}
	fmt.Println("s3tables")
}

func others(ctx context.Context, settings aws.Config) {
	who, err := sts.NewFromConfig(settings).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	check(err, "identity")
	found, err := glue.NewFromConfig(settings).GetDatabases(ctx, &glue.GetDatabasesInput{
		CatalogId: aws.String(*who.Account + ":s3tablescatalog/of-go-tables")})
	check(err, "databases")
	if len(found.DatabaseList) != 1 || *found.DatabaseList[0].Name != "space" {
		log.Fatalf("databases: %+v", found.DatabaseList)
	}
	fmt.Println("sts glue")
}

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion("us-east-1"), config.WithBaseEndpoint(os.Args[1]))
	check(err, "settings")
	objects(ctx, settings)
	tableBuckets(ctx, settings)
	others(ctx, settings)
}
