#!/bin/sh
# The guess: Avro's schema resolution and the compatibility check of schema registries notice when the
# scale of a decimal changes. The specification says that two decimals match only where scale and
# precision are the same.
#
# What is so: Apache Avro 1.12.2 for Java, by whose SchemaCompatibility registries decide (Apicurio
# Registry 3.3.3 took such a schema in a subject held to FULL, too), calls them compatible both ways,
# and its reader takes the bytes of one scale for units of the other, without an error.
#
#	written with scale 4    29.3300
#	read with scale 2       2933.00
#
# Why it matters here: a schema whose scale followed the currency would have made every amount wrong
# by a factor of 100 for who reads with the schema of another deployment. So the Avro schemas of
# changes have one scale for all currencies, and a test holds it to what was published first.
#
# usage: findings/avro-decimal-scale.sh
#
# Needs a JDK 17 or later and Maven. It fetches the pinned package into a temporary directory and runs
# it there; nothing is installed but what Maven keeps. Exits 1 if the behaviour is another one.
set -eu

avro=1.12.2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >pom.xml <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.avro</groupId><artifactId>avro</artifactId><version>$avro</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
XML
mvn -B -q -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime -DoutputDirectory=libs

cat >Try.java <<'JAVA'
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import org.apache.avro.Conversions;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

public final class Try {
    static Schema schema(int scale) {
        return new Schema.Parser().parse("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"amount\",\"type\":"
                + "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":23,\"scale\":" + scale + "}}]}");
    }

    static String compatible(int reader, int writer) {
        return SchemaCompatibility.checkReaderWriterCompatibility(schema(reader), schema(writer)).getType().toString();
    }

    public static void main(String[] args) throws Exception {
        GenericData data = new GenericData();
        data.addLogicalTypeConversion(new Conversions.DecimalConversion());
        GenericRecord record = new GenericData.Record(schema(4));
        record.put("amount", new BigDecimal("29.3300"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        var encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<GenericRecord>(schema(4), data).write(record, encoder);
        encoder.flush();
        GenericRecord read = new GenericDatumReader<GenericRecord>(schema(4), schema(2), data)
                .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
        String there = compatible(2, 4), back = compatible(4, 2), amount = read.get("amount").toString();
        System.out.println("scale 4 read with 2, scale 2 read with 4: " + there + ", " + back);
        System.out.println("written with scale 4    " + record.get("amount"));
        System.out.println("read with scale 2       " + amount);
        System.exit(there.equals("COMPATIBLE") && back.equals("COMPATIBLE") && amount.equals("2933.00") ? 0 : 1);
    }
}
JAVA
java -cp 'libs/*' Try.java
