import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** The JDK's own client as it is: `java Client.java URL TOKEN PATH BODY` creates and lists; prints the statuses. */
public class Client {
  public static void main(String[] arguments) throws Exception {
    var client = HttpClient.newHttpClient();
    var create = request(arguments[0] + arguments[2], arguments[1])
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(arguments[3])).build();
    var list = request(arguments[0] + arguments[2].substring(0, arguments[2].indexOf("/default")), arguments[1]).build();
    for (var request : new HttpRequest[] {create, list}) {
      System.out.println(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
    }
  }

  private static HttpRequest.Builder request(String url, String token) {
    return HttpRequest.newBuilder(URI.create(url)).header("Authorization", token).header("LD-API-Version", "beta");
  }
}
