// SPDX-License-Identifier: MIT
// java -cp hdrhistogram.jar HistJudge.java encode|decode|log-write|log-read :
// what tests/tool/hist_tool.c does, by HdrHistogram's own library.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.Base64;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.HdrHistogram.HistogramLogReader;
import org.HdrHistogram.HistogramLogWriter;

public class HistJudge {
    static final double[] QUANTILES = {0.5, 0.75, 0.9, 0.99, 0.999, 1};

    static String plain(double number) {
        return number == 1 ? "1" : Double.toString(number);
    }

    static void tell(Histogram h) {
        System.out.println("total " + h.getTotalCount());
        for (double q : QUANTILES) {
            System.out.println("quantile " + plain(q) + " "
                    + h.getValueAtPercentile(q * 100));
        }
        for (HistogramIterationValue v : h.recordedValues()) {
            System.out.println("count "
                    + h.lowestEquivalentValue(v.getValueIteratedTo()) + " "
                    + h.highestEquivalentValue(v.getValueIteratedTo()) + " "
                    + v.getCountAtValueIteratedTo());
        }
    }

    static String encode(Histogram h) {
        ByteBuffer out = ByteBuffer.allocate(
                h.getNeededByteBufferCapacity() + 100);
        int len = h.encodeIntoCompressedByteBuffer(out);
        return Base64.getEncoder().encodeToString(
                java.util.Arrays.copyOf(out.array(), len));
    }

    // A line "LOW HIGH DIGITS SHIFT" begins a histogram: 0 0 one that sizes
    // itself; SHIFT doublings leave an offset in the encoding.
    static void encode(BufferedReader in) throws Exception {
        Histogram h = null;
        int shift = 0;
        for (String line; (line = in.readLine()) != null;) {
            String[] word = line.split(" ");
            if (word.length == 2) {
                h.recordValueWithCount(Long.parseLong(word[0]),
                        Long.parseLong(word[1]));
                continue;
            }
            finish(h, shift);
            long low = Long.parseLong(word[0]);
            int digits = Integer.parseInt(word[2]);
            h = low == 0 ? new Histogram(digits)
                    : new Histogram(low, Long.parseLong(word[1]), digits);
            shift = Integer.parseInt(word[3]);
        }
        finish(h, shift);
    }

    static void finish(Histogram h, int shift) {
        if (h == null) {
            return;
        }
        if (shift > 0) {
            h.shiftValuesLeft(shift);
        }
        System.out.println(encode(h));
    }

    static void decode(BufferedReader in) throws Exception {
        for (String line; (line = in.readLine()) != null;) {
            tell(Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(Base64.getDecoder().decode(line)), 0));
        }
    }

    // With BASE the log has a base time, else only a start time.
    static void logWrite(BufferedReader in, boolean hasBase) throws Exception {
        HistogramLogWriter log = new HistogramLogWriter(System.out);
        long begin = -1;
        for (String line; (line = in.readLine()) != null;) {
            String[] word = line.split(" ");
            long startMs = Long.parseLong(word[0]) / 1000000;
            long lengthMs = Long.parseLong(word[1]) / 1000000;
            if (begin < 0) {
                begin = startMs;
                log.outputComment("[a comment]");
                log.outputLogFormatVersion();
                log.outputStartTime(begin);
                if (hasBase) {
                    log.setBaseTime(begin);
                    log.outputBaseTime(begin);
                }
                log.outputLegend();
            }
            Histogram h = new Histogram(Integer.parseInt(word[2]));
            for (int i = 4; i < word.length; i++) {
                h.recordValue(Long.parseLong(word[i]));
            }
            if (!word[3].equals("-")) {
                h.setTag(word[3]);
            }
            h.setStartTimeStamp(startMs);
            h.setEndTimeStamp(startMs + lengthMs);
            log.outputIntervalHistogram(h);
        }
        log.close();
    }

    static void logRead() {
        HistogramLogReader log = new HistogramLogReader(System.in);
        boolean isFirst = true;
        for (EncodableHistogram e; (e = log.nextIntervalHistogram()) != null;) {
            if (isFirst) {
                System.out.println("log "
                        + Math.round(log.getStartTimeSec() * 1000) + "000000");
                isFirst = false;
            }
            long startMs = e.getStartTimeStamp();
            System.out.println("interval " + startMs + "000000 "
                    + (e.getEndTimeStamp() - startMs) + "000000 "
                    + (e.getTag() == null ? "-" : e.getTag()));
            tell((Histogram) e);
        }
    }

    public static void main(String[] arg) throws Exception {
        BufferedReader in = arg[0].equals("log-read") ? null
                : new BufferedReader(new InputStreamReader(System.in));
        switch (arg[0]) {
            case "encode":
                encode(in);
                break;
            case "decode":
                decode(in);
                break;
            case "log-write":
                logWrite(in, arg.length > 1);
                break;
            case "log-read":
                logRead();
                break;
            default:
                System.exit(2);
        }
    }
}
