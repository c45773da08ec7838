import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Reads changes as the printed records, and writes these again. */
public final class Classes {
    public static void main(String[] args) throws Exception {
        JsonMapper json = new JsonMapper();
        List<ClvChanged> all = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            all.add(json.readValue(line, ClvChanged.class));
        }
        System.out.print(json.writeValueAsString(all));
    }
}
